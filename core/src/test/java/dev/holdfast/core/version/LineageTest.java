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
  void whereTheHeadWasReapedNothingThatRestsOnItMayBe() {
    VersionRecord reaped = version("reaped", VersionState.CONFIRMED);
    VersionRecord apart = version("apart", VersionState.PROVISIONAL, reaped);
    VersionRecord further = version("further", VersionState.PROVISIONAL, apart);

    Lineage.Path path = Lineage.from(further.parents(), Optional.empty(), this::find);

    assertThat(path.descent()).isEqualTo(Lineage.Descent.NO);
    assertThat(path.with(further)).containsExactly(apart, further);
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

  @Test
  void theNearestOfSeveralCommonAncestorsIsFound() {
    VersionRecord root = version("root", VersionState.CONFIRMED);
    VersionRecord base = version("base", VersionState.CONFIRMED, root);
    VersionRecord head = version("head", VersionState.CONFIRMED, base);
    VersionRecord one = version("one", VersionState.PROVISIONAL, base);
    VersionRecord two = version("two", VersionState.PROVISIONAL, one);

    assertThat(common(head, two)).contains(base.id());
    assertThat(common(two, head)).contains(base.id());
    assertThat(common(two, one)).contains(one.id());
    assertThat(common(root, two)).contains(root.id());
    assertThat(common(two, two)).contains(two.id());
    assertThat(common(version("apart", VersionState.PROVISIONAL), head)).isEmpty();
  }

  @Test
  void aMergeThatWentBeforeIsTheNearest() {
    VersionRecord base = version("base", VersionState.CONFIRMED);
    VersionRecord left = version("left", VersionState.CONFIRMED, base);
    VersionRecord right = version("right", VersionState.PROVISIONAL, base);
    VersionRecord merge = version("merge", VersionState.CONFIRMED, left, right);
    VersionRecord after = version("after", VersionState.CONFIRMED, merge);
    VersionRecord late = version("late", VersionState.PROVISIONAL, right);

    assertThat(common(after, late)).contains(right.id());
    assertThat(common(after, version("x", VersionState.PROVISIONAL, merge, base)))
        .contains(merge.id());
  }

  @Test
  void mergesThatCrossHaveSeveralNearestAncestorsSoNone() {
    VersionRecord base = version("base", VersionState.CONFIRMED);
    VersionRecord left = version("left", VersionState.CONFIRMED, base);
    VersionRecord right = version("right", VersionState.PROVISIONAL, base);
    VersionRecord one = version("one", VersionState.CONFIRMED, left, right);
    VersionRecord other = version("other", VersionState.PROVISIONAL, left, right, base);

    assertThat(common(one, other)).isEmpty();
  }

  @Test
  void anUnknownVersionOnTheWayMakesTheAncestorUnknownAndBelowItDoesNot() {
    VersionRecord root = version("root", VersionState.CONFIRMED);
    VersionRecord base = version("base", VersionState.CONFIRMED, root);
    VersionRecord middle = version("middle", VersionState.CONFIRMED, base);
    VersionRecord head = version("head", VersionState.CONFIRMED, middle);
    VersionRecord branch = version("branch", VersionState.PROVISIONAL, base);
    known.remove(root.id());
    assertThat(common(head, branch)).contains(base.id());
    known.remove(middle.id());
    assertThat(common(head, branch)).isEmpty();
  }

  @Test
  void aSearchThatReadsTooMuchEnds() {
    VersionRecord at = version("base", VersionState.CONFIRMED);
    VersionRecord branch = version("branch", VersionState.PROVISIONAL, at);
    for (int i = 0; i < 20; i++) {
      at = version("v" + i, VersionState.CONFIRMED, at);
    }
    assertThat(new CommonAncestor(this::find, 22).of(at.id(), branch.id())).isPresent();
    assertThat(new CommonAncestor(this::find, 21).of(at.id(), branch.id())).isEmpty();
  }

  /** Beside a definition that needs all ancestors of both. */
  @RepeatedTest(300)
  void findsTheNearestCommonAncestorOfAnyGraph(RepetitionInfo info) {
    Random random = new Random(info.getCurrentRepetition());
    List<VersionRecord> versions = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      Set<VersionRecord> parents = new java.util.HashSet<>();
      for (int j = random.nextInt(3); j > 0 && !versions.isEmpty(); j--) {
        int back = random.nextInt(Math.min(versions.size(), 6));
        parents.add(versions.get(versions.size() - 1 - back));
      }
      versions.add(
          version("v" + i, VersionState.PROVISIONAL, parents.toArray(VersionRecord[]::new)));
    }
    for (int i = 0; i < 20; i++) {
      VersionRecord one = versions.get(random.nextInt(versions.size()));
      VersionRecord other = versions.get(random.nextInt(versions.size()));
      Set<VersionId> nearest = ancestors(one);
      nearest.retainAll(ancestors(other));
      for (VersionId id : List.copyOf(nearest)) {
        Set<VersionId> below = ancestors(find(id).orElseThrow());
        below.remove(id);
        nearest.removeAll(below);
      }
      assertThat(common(one, other))
          .isEqualTo(nearest.size() == 1 ? nearest.stream().findFirst() : Optional.empty());
    }
  }

  /** With itself. */
  private Set<VersionId> ancestors(VersionRecord version) {
    Set<VersionId> all = new TreeSet<>(Set.of(version.id()));
    version.parents().forEach(parent -> all.addAll(ancestors(find(parent).orElseThrow())));
    return all;
  }

  private Optional<VersionId> common(VersionRecord one, VersionRecord other) {
    return Lineage.nearestCommonAncestor(one.id(), other.id(), this::find);
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
