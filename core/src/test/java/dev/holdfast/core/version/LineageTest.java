// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.version.Lineage.Descent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

final class LineageTest {
  private final Map<VersionId, VersionRecord> known = new HashMap<>();
  private long counter;

  @Test
  void aVersionOnTheHeadComesAfterIt() {
    VersionRecord head = version("head", VersionState.CONFIRMED);
    VersionRecord first = version("1", VersionState.PROVISIONAL, head);
    VersionRecord second = version("2", VersionState.PROVISIONAL, first);

    Lineage.Path path = path(second, head);

    assertThat(path.descent()).isEqualTo(Descent.YES);
    assertThat(path.open()).containsExactly(first);
  }

  @Test
  void aVersionBesideTheHeadDoesNot() {
    VersionRecord base = version("base", VersionState.CONFIRMED);
    VersionRecord head = version("head", VersionState.CONFIRMED, base);
    VersionRecord beside = version("beside", VersionState.PROVISIONAL, base);

    assertThat(path(beside, head).descent()).isEqualTo(Descent.NO);
    assertThat(path(version("child", VersionState.PROVISIONAL, beside), head).descent())
        .isEqualTo(Descent.NO);
  }

  @Test
  void aMergeOfTheHeadAndABranchComesAfterBoth() {
    VersionRecord base = version("base", VersionState.CONFIRMED);
    VersionRecord head = version("head", VersionState.CONFIRMED, base);
    VersionRecord one = version("one", VersionState.PROVISIONAL, base);
    VersionRecord two = version("two", VersionState.PROVISIONAL, one);

    Lineage.Path path = path(version("merge", VersionState.PROVISIONAL, head, two), head);

    assertThat(path.descent()).isEqualTo(Descent.YES);
    assertThat(path.open()).containsExactly(one, two);
  }

  @Test
  void whatRestsOnSomethingUnknownIsUnknown() {
    VersionRecord head = version("head", VersionState.CONFIRMED);
    VersionRecord lost = version("lost", VersionState.PROVISIONAL, head);
    VersionRecord child = version("child", VersionState.PROVISIONAL, lost, head);
    known.remove(lost.id());

    assertThat(path(child, head).descent()).isEqualTo(Descent.UNKNOWN);
  }

  @Test
  void whereNothingIsConfirmedEveryVersionMayBe() {
    VersionRecord root = version("root", VersionState.PROVISIONAL);

    Lineage.Path path =
        Lineage.from(
            version("child", VersionState.PROVISIONAL, root).parents(),
            Optional.empty(),
            this::find);

    assertThat(path.descent()).isEqualTo(Descent.YES);
    assertThat(path.open()).containsExactly(root);
  }

  @RepeatedTest(200)
  void ordersAnyGraphNewestFirstAndFindsItsHeads(RepetitionInfo info) {
    Random random = new Random(info.getCurrentRepetition());
    List<VersionRecord> versions = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      Set<VersionRecord> parents = new java.util.HashSet<>();
      for (int j = random.nextInt(4); j > 0 && !versions.isEmpty(); j--) {
        parents.add(versions.get(random.nextInt(versions.size())));
      }
      versions.add(
          version("v" + i, VersionState.PROVISIONAL, parents.toArray(VersionRecord[]::new)));
    }
    List<VersionRecord> shuffled = new ArrayList<>(versions);
    Collections.shuffle(shuffled, random);
    List<Lineage.Vertex> graph =
        shuffled.stream()
            .map(one -> new Lineage.Vertex(one.id(), one.parents(), random.nextLong(5)))
            .toList();

    List<VersionId> order = Lineage.newestFirst(graph);

    assertThat(order).hasSize(30).doesNotHaveDuplicates();
    for (VersionRecord version : versions) {
      for (VersionId parent : version.parents()) {
        assertThat(order.indexOf(version.id())).isLessThan(order.indexOf(parent));
      }
    }
    Set<VersionId> named = new TreeSet<>();
    versions.forEach(version -> named.addAll(version.parents()));
    assertThat(Lineage.heads(graph))
        .containsExactlyInAnyOrderElementsOf(
            versions.stream().map(VersionRecord::id).filter(id -> !named.contains(id)).toList());
  }

  @Test
  void theHeadThatHasSeenMostIsTheLatest() {
    VersionRecord base = version("base", VersionState.CONFIRMED);
    VersionRecord one = version("one", VersionState.PROVISIONAL, base);
    VersionRecord two = version("two", VersionState.PROVISIONAL, base);

    assertThat(PreferredHead.of(ReadMode.PREFERRED, Optional.of(base), List.of(one, two)))
        .contains(base);
    assertThat(PreferredHead.of(ReadMode.CONFIRMED_ONLY, Optional.empty(), List.of(one))).isEmpty();
    VersionRecord greater = one.id().compareTo(two.id()) > 0 ? one : two;
    assertThat(PreferredHead.of(ReadMode.PREFERRED, Optional.empty(), List.of(one, two)))
        .isEqualTo(PreferredHead.of(ReadMode.PREFERRED, Optional.empty(), List.of(two, one)))
        .contains(greater);
    assertThat(PreferredHead.of(ReadMode.PROVISIONAL_ALLOWED, Optional.of(base), List.of(one, two)))
        .contains(greater);
    VersionRecord onBoth = version("merge", VersionState.PROVISIONAL, one, two);
    assertThat(
            PreferredHead.of(
                ReadMode.PROVISIONAL_ALLOWED, Optional.of(base), List.of(one, two, onBoth)))
        .contains(onBoth);
  }

  @Test
  void aConfirmedHeadWinsOverOneThatHasSeenAsMuch() {
    VersionRecord base = version("base", VersionState.CONFIRMED);
    for (int i = 0; i < 20; i++) {
      VersionRecord head = version("head" + i, VersionState.CONFIRMED, base);
      VersionRecord branch = version("branch" + i, VersionState.PROVISIONAL, base);

      assertThat(PreferredHead.of(ReadMode.PROVISIONAL_ALLOWED, Optional.of(head), List.of(branch)))
          .contains(head);
    }
  }

  private Optional<VersionRecord> find(VersionId id) {
    return Optional.ofNullable(known.get(id));
  }

  private Lineage.Path path(VersionRecord version, VersionRecord head) {
    return Lineage.from(version.parents(), Optional.of(head.id()), this::find);
  }

  private VersionRecord version(String text, VersionState state, VersionRecord... parents) {
    VersionVector seen = VersionVector.EMPTY;
    TreeSet<VersionId> ids = new TreeSet<>();
    for (VersionRecord parent : parents) {
      ids.add(parent.id());
      seen = seen.plus(parent.context()).plus(parent.dots());
    }
    VersionRecord version =
        new VersionRecord(
            new ObjectKey("k"),
            ids,
            new TreeSet<>(Set.of(new Dot("n1", "i1", ++counter))),
            seen,
            Content.NONE,
            Sha256.of(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
            "",
            new java.util.TreeMap<>(),
            false,
            "test",
            counter,
            0,
            state);
    known.put(version.id(), version);
    return version;
  }
}
