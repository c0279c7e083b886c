// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.cleanup.RetentionPlanner.Known;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.spi.cleanup.CleanupPolicy.Decision;
import dev.holdfast.spi.cleanup.CleanupPolicy.Going;
import dev.holdfast.spi.cleanup.CleanupPolicy.History;
import dev.holdfast.spi.cleanup.CleanupPolicy.Role;
import dev.holdfast.spi.cleanup.CleanupPolicy.Version;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class RetentionPlannerTest {
  private static final Instant NOW = Instant.ofEpochMilli(1_000_000);

  private long clock;

  @Test
  void offersWhatTheHeadDescendsFromTheNewestFirst() {
    Known one = confirmed("1", Set.of());
    Known two = confirmed("2", Set.of(one));
    Known head = confirmed("3", Set.of(two));

    History history = history(head, List.of(two, head, one)).orElseThrow();

    assertThat(history.versions())
        .extracting(Version::id, Version::role)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(head.id().value(), Role.HEAD),
            org.assertj.core.groups.Tuple.tuple(two.id().value(), Role.OLD),
            org.assertj.core.groups.Tuple.tuple(one.id().value(), Role.OLD));
    assertThat(history.versions().getFirst().replacedAt()).isEmpty();
    assertThat(history.versions().getLast().replacedAt())
        .contains(Instant.ofEpochMilli(two.writtenAtMillis()));
  }

  @Test
  void asksNothingWhenNothingCouldGo() {
    Known one = confirmed("1", Set.of());
    Known branch = with(confirmed("b", Set.of(one)), VersionState.PROVISIONAL);
    Known head = confirmed("2", Set.of(one));

    assertThat(history(one, List.of(one))).isEmpty();
    assertThat(history(head, List.of(one, branch, head))).as("a merge needs the root").isEmpty();
    assertThat(history(head, List.of(one))).as("the head is not here").isEmpty();
  }

  /** The head moved on between the look at it and the look at the versions. */
  @Test
  void keepsWhatCameAfterTheHead() {
    Known one = confirmed("1", Set.of());
    Known head = confirmed("2", Set.of(one));
    Known later = confirmed("3", Set.of(head));

    assertThat(roles(history(head, List.of(one, head, later)).orElseThrow()))
        .containsEntry(later.id(), Role.NEEDED)
        .containsEntry(one.id(), Role.OLD);
  }

  @Test
  void keepsTombstonesAndShowsNothingThatIsGone() {
    Known gone = confirmed("1", Set.of());
    gone =
        new Known(gone.id(), gone.parents(), gone.state(), true, false, 1, "", new TreeMap<>(), 1);
    Known deleted = confirmed("2", Set.of(gone));
    deleted =
        new Known(
            deleted.id(),
            deleted.parents(),
            deleted.state(),
            false,
            true,
            0,
            "",
            new TreeMap<>(),
            2);
    Known again = confirmed("3", Set.of(deleted));
    Known head = confirmed("4", Set.of(again));

    assertThat(roles(history(head, List.of(gone, deleted, again, head)).orElseThrow()))
        .isEqualTo(
            Map.of(head.id(), Role.HEAD, again.id(), Role.OLD, deleted.id(), Role.TOMBSTONE));
  }

  @Test
  void takesOfADecisionOnlyWhatWasOfferedAndEachOnce() {
    Known one = confirmed("1", Set.of());
    Known two = confirmed("2", Set.of(one));
    Known head = confirmed("3", Set.of(two));
    History history = history(head, List.of(one, two, head)).orElseThrow();

    Going first = new Going(two.id().value(), "a");
    Going last = new Going(one.id().value(), "b");
    assertThat(
            RetentionPlanner.going(
                history,
                new Decision(
                    List.of(
                        first,
                        new Going(head.id().value(), "c"),
                        new Going("?", "d"),
                        last,
                        first))))
        .containsExactly(first, last);
  }

  /** Whatever the graph and the policy: what must stay stays. */
  @Test
  void neverOffersWhatIsNeeded() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      List<Known> versions = new ArrayList<>();
      List<Known> line = new ArrayList<>(List.of(confirmed(seed + "/root", Set.of())));
      versions.add(line.getFirst());
      for (int i = 0; i < 12; i++) {
        Set<Known> parents = new HashSet<>();
        boolean isNext = random.nextBoolean();
        parents.add(isNext ? line.getLast() : versions.get(random.nextInt(versions.size())));
        Known next = confirmed(seed + "/" + i, parents);
        if (isNext) {
          line.add(next);
        } else {
          next =
              with(next, random.nextInt(4) == 0 ? VersionState.STAGED : VersionState.PROVISIONAL);
        }
        versions.add(next);
      }
      Known head = line.get(random.nextInt(line.size()));
      versions.removeIf(version -> random.nextInt(10) == 0);

      Set<VersionId> needed =
          versions.stream()
              .filter(version -> version.state() != VersionState.CONFIRMED)
              .flatMap(version -> version.parents().stream())
              .collect(Collectors.toSet());
      Set<VersionId> before =
          line.subList(0, line.indexOf(head)).stream().map(Known::id).collect(Collectors.toSet());
      history(head, versions)
          .map(RetentionPlannerTest::roles)
          .orElse(Map.of())
          .forEach((id, role) -> {
            if (role == Role.OLD) {
              assertThat(before).as("an ancestor of the head").contains(id);
              assertThat(needed).as("no branch comes from it").doesNotContain(id);
            }
          });
    }
  }

  private static Optional<History> history(Known head, List<Known> versions) {
    return RetentionPlanner.history("key", head.id(), versions, NOW);
  }

  private static Map<VersionId, Role> roles(History history) {
    Map<VersionId, Role> roles = new TreeMap<>();
    history.versions().forEach(version -> roles.put(new VersionId(version.id()), version.role()));
    return roles;
  }

  private Known confirmed(String name, Set<Known> parents) {
    return new Known(
        new VersionId(Sha256.of(name.getBytes(StandardCharsets.UTF_8)).toHex()),
        parents.stream().map(Known::id).collect(Collectors.toSet()),
        VersionState.CONFIRMED,
        false,
        false,
        10,
        "text/plain",
        new TreeMap<>(),
        ++clock);
  }

  private static Known with(Known known, VersionState state) {
    return new Known(
        known.id(),
        known.parents(),
        state,
        known.removed(),
        known.deleted(),
        known.sizeBytes(),
        known.contentType(),
        known.metadata(),
        known.writtenAtMillis());
  }
}
