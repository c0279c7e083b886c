// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.version.Content;
import dev.holdfast.core.version.Dot;
import dev.holdfast.core.version.Lineage;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.core.version.VersionVector;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class BranchRowsTest {
  private static final StoreSettings SMALL = new StoreSettings(1 << 20, 0, 0, 1 << 20);
  private static final ObjectKey KEY = new ObjectKey("key");

  @TempDir Path folder;
  private long counter;

  /** Whatever the order in which versions arrive, the heads are the same. */
  @Test
  void findsTheSameHeadsInAnyOrderOfArrival() {
    for (int seed = 0; seed < 10; seed++) {
      Random random = new Random(seed);
      List<VersionRecord> versions = new ArrayList<>();
      for (int i = 0; i < 15; i++) {
        Set<VersionRecord> parents = new java.util.HashSet<>();
        for (int j = random.nextInt(3); j > 0 && !versions.isEmpty(); j--) {
          parents.add(versions.get(random.nextInt(versions.size())));
        }
        versions.add(version(seed + "/" + i, parents));
      }
      List<VersionRecord> arriving = new ArrayList<>(versions);
      Collections.shuffle(arriving, random);

      try (LocalStore store = open("order-" + seed)) {
        for (VersionRecord version : arriving) {
          if (random.nextBoolean()) {
            store.records().stage(version);
          }
          assertThat(store.records().accept(KEY, version.id(), version, List.of())).isTrue();
        }

        assertThat(store.records().branches().of(KEY))
            .as("seed " + seed)
            .containsExactlyInAnyOrderElementsOf(heads(versions));
      }
    }
  }

  @Test
  void aConfirmedMergeEndsItsBranchesAlsoThoseThatArriveLater() {
    VersionRecord base = version("base", Set.of());
    VersionRecord branch = version("branch", Set.of(base));
    VersionRecord late = version("late", Set.of(base));
    VersionRecord merge = version("merge", Set.of(base, branch, late));
    try (LocalStore store = open("merge")) {
      NodeStore records = store.records();
      records.confirm(KEY, base.id(), base, 1, List.of());
      records.accept(KEY, branch.id(), branch, List.of());
      assertThat(records.branches().of(KEY)).containsExactly(branch.id());

      records.confirm(KEY, merge.id(), merge, 2, List.of());
      records.accept(KEY, late.id(), late, List.of());

      assertThat(records.branches().of(KEY)).isEmpty();
      assertThat(records.branches().count()).isZero();
    }
  }

  @Test
  void whatIsKnownOfABranchSurvivesARestart() {
    VersionRecord branch = version("branch", Set.of());
    Intent intent = Intent.asFound("n2", KEY, branch.id());
    try (LocalStore store = open("restart")) {
      store.records().accept(KEY, branch.id(), branch, List.of(intent));
      Branch known = only(store);
      store.records().branches().update(known.reported().knownAt(Set.of("n3")));
    }

    try (LocalStore store = open("restart")) {
      assertThat(only(store)).isEqualTo(new Branch(KEY, branch.id(), true, Set.of("n3")));
      assertThat(store.records().queued(0, 9).getFirst().intent()).isEqualTo(intent);
      assertThat(store.records().staged(9)).isEmpty();
      assertThat(store.records().version(KEY, branch.id()).orElseThrow().state())
          .isEqualTo(VersionState.PROVISIONAL);
    }
  }

  @Test
  void aConfirmedVersionIsNeverAcceptedBack() {
    VersionRecord base = version("base", Set.of());
    try (LocalStore store = open("back")) {
      store.records().confirm(KEY, base.id(), base, 1, List.of());

      assertThat(store.records().accept(KEY, base.id(), base, List.of())).isTrue();

      assertThat(store.records().isConfirmed(KEY, base.id())).isTrue();
      assertThat(store.records().branches().count()).isZero();
    }
  }

  @Test
  void aKeyOfWhichNothingIsConfirmedIsListedUntilAHeadComes() {
    VersionRecord first = version("1", Set.of());
    VersionRecord second = version("2", Set.of(first));
    VersionRecord other = version("other", Set.of());
    try (LocalStore store = open("listed")) {
      NodeStore records = store.records();
      records.accept(KEY, first.id(), first, List.of());
      records.accept(KEY, second.id(), second, List.of());
      assertThat(records.head(KEY)).isEmpty();
      assertThat(records.heads(new byte[0], new byte[0], 9))
          .singleElement()
          .satisfies(row -> {
            assertThat(row.version()).isEqualTo(second.id());
            assertThat(row.isConfirmed()).isFalse();
          });

      records.confirm(KEY, other.id(), other, 7, List.of());
      records.accept(
          KEY, version("3", Set.of(second)).id(), version("3", Set.of(second)), List.of());

      assertThat(records.head(KEY).orElseThrow().version()).isEqualTo(other.id());
    }
  }

  @Test
  void listsOneMoreThanAPage() {
    try (LocalStore store = open("page")) {
      for (int i = 0; i < 11; i++) {
        VersionRecord root = version("root " + i, Set.of());
        store.records().accept(KEY, root.id(), root, List.of());
      }

      List<Branch> page = store.records().branches().list(Optional.empty(), 10);
      List<Branch> rest = store.records().branches().list(Optional.of(page.getLast()), 10);

      assertThat(page).hasSize(10);
      assertThat(rest).hasSize(1).doesNotContainAnyElementsOf(page);
    }
  }

  private static Branch only(LocalStore store) {
    List<Branch> branches = store.records().branches().list(Optional.empty(), 9);
    assertThat(branches).hasSize(1);
    return branches.getFirst();
  }

  private static Set<VersionId> heads(List<VersionRecord> versions) {
    return Lineage.heads(
        versions.stream()
            .map(one -> new Lineage.Vertex(one.id(), one.parents(), one.writtenAtMillis()))
            .toList());
  }

  private LocalStore open(String name) {
    return LocalStore.open(
        folder.resolve(name),
        new StoreIdentity("n1", "i1"),
        SMALL,
        Meter.NONE,
        System::nanoTime,
        failure -> {
          throw failure;
        });
  }

  private VersionRecord version(String text, Set<VersionRecord> parents) {
    TreeSet<VersionId> ids = new TreeSet<>();
    parents.forEach(parent -> ids.add(parent.id()));
    return new VersionRecord(
        KEY,
        ids,
        new TreeSet<>(Set.of(new Dot("n1", "i1", ++counter))),
        VersionVector.EMPTY,
        Content.NONE,
        Sha256.of(text.getBytes(StandardCharsets.UTF_8)),
        "",
        new TreeMap<>(),
        false,
        "test",
        counter,
        0,
        VersionState.PROVISIONAL);
  }
}
