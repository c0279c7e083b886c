// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.cleanup.CleanupPolicy;
import dev.holdfast.spi.placement.ClusterMap;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever a policy does: nothing goes that it was not offered, and nothing when it fails. */
class GuardedCleanupTest {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(30);
  private static final CleanupPolicy.History HISTORY =
      new CleanupPolicy.History(
          "k",
          Instant.EPOCH,
          List.of(
              version("head", CleanupPolicy.Role.HEAD),
              version("branch", CleanupPolicy.Role.BRANCH),
              version("needed", CleanupPolicy.Role.NEEDED),
              version("tombstone", CleanupPolicy.Role.TOMBSTONE),
              version("old", CleanupPolicy.Role.OLD),
              version("older", CleanupPolicy.Role.OLD)));
  private static final CleanupPolicy.Surplus SURPLUS =
      new CleanupPolicy.Surplus(
          Instant.EPOCH,
          new ClusterMap.Node("n1", Map.of(), 1, ClusterMap.State.ACTIVE),
          1,
          List.of(
              new CleanupPolicy.Copy("a", 1, 10, true), new CleanupPolicy.Copy("b", 2, 20, false)));

  private final AtomicLong now = new AtomicLong();
  private final CountDownLatch end = new CountDownLatch(1);
  private final PluginThreads threads =
      new PluginThreads("test", GuardedCleanupTest.class.getClassLoader());
  private Supplier<CleanupPolicy.Decision> answer = () -> CleanupPolicy.Decision.NOTHING;

  private final CleanupPolicy plugin =
      new CleanupPolicy() {
        @Override
        public Decision oldVersions(History history) {
          return answer.get();
        }

        @Override
        public Decision surplusCopies(Surplus surplus) {
          return answer.get();
        }
      };

  @AfterEach
  void endThreads() {
    end.countDown();
    threads.close();
  }

  @Test
  void passesAFineAnswerOnInItsOrder() {
    GuardedCleanup guarded = guard(Duration.ofSeconds(5));
    answer = () -> going("older", "old");

    assertThat(guarded.oldVersions(HISTORY)).isEqualTo(going("older", "old"));
    answer = () -> going("b");
    assertThat(guarded.surplusCopies(SURPLUS)).isEqualTo(going("b"));
    answer =
        () ->
            new CleanupPolicy.Decision(
                List.of(new CleanupPolicy.Going("old", "two\nlines " + "x".repeat(10_000))));
    assertThat(guarded.oldVersions(HISTORY).going())
        .singleElement()
        .satisfies(one -> assertThat(one.reason()).startsWith("two lines").hasSizeLessThan(600));
    assertCounts(guarded, 3, 0, 0, 0);
  }

  @Test
  void deletesNothingOfAnAnswerThatIsNonsenseInPart() {
    GuardedCleanup guarded = guard(Duration.ofSeconds(5));
    for (String wrong : List.of("head", "branch", "needed", "tombstone", "unknown", "old")) {
      answer = () -> going("old", wrong);
      assertThat(guarded.oldVersions(HISTORY)).as(wrong).isEqualTo(CleanupPolicy.Decision.NOTHING);
    }
    for (String wrong : List.of("a", "c")) {
      answer = () -> going("a", wrong);
      assertThat(guarded.surplusCopies(SURPLUS))
          .as(wrong)
          .isEqualTo(CleanupPolicy.Decision.NOTHING);
    }
    assertCounts(guarded, 8, 0, 8, 0);
  }

  @Test
  @SuppressWarnings("NullAway") // A plugin may be compiled without it.
  void deletesNothingForNull() {
    GuardedCleanup guarded = guard(Duration.ofSeconds(5));
    answer = () -> null;

    assertThat(guarded.oldVersions(HISTORY)).isEqualTo(CleanupPolicy.Decision.NOTHING);
    assertThat(guarded.surplusCopies(SURPLUS)).isEqualTo(CleanupPolicy.Decision.NOTHING);
    assertCounts(guarded, 2, 0, 2, 0);
  }

  @Test
  void catchesWhatItThrowsAndAsksNoMoreAfterFailuresInARow() {
    GuardedCleanup guarded = guard(Duration.ofSeconds(5));
    answer =
        () -> {
          throw new StackOverflowError("deep");
        };
    for (int i = 0; i < 7; i++) {
      assertThat(guarded.oldVersions(HISTORY)).isEqualTo(CleanupPolicy.Decision.NOTHING);
    }
    assertCounts(guarded, 5, 5, 0, 7);

    answer = () -> going("old");
    assertThat(guarded.oldVersions(HISTORY)).isEqualTo(CleanupPolicy.Decision.NOTHING);
    now.addAndGet(RETRY_AFTER.toNanos());
    assertThat(guarded.oldVersions(HISTORY)).isEqualTo(going("old"));
  }

  @Test
  void waitsNoLongerThanTheDeadline() {
    GuardedCleanup guarded = guard(Duration.ofMillis(50));
    answer =
        () -> {
          while (end.getCount() > 0) {
            Thread.onSpinWait(); // Deaf to interrupts.
          }
          return going("old");
        };
    assertThat(guarded.oldVersions(HISTORY)).isEqualTo(CleanupPolicy.Decision.NOTHING);
    assertThat(threads.stuck()).isEqualTo(1);
    assertCounts(guarded, 1, 1, 0, 1);
  }

  private GuardedCleanup guard(Duration deadline) {
    return new GuardedCleanup(
        "test/default",
        plugin,
        threads,
        new PluginLimits(Duration.ofSeconds(5), Duration.ofSeconds(5), deadline, 5, RETRY_AFTER),
        now::get,
        new SimpleMeterRegistry());
  }

  private static CleanupPolicy.Decision going(String... ids) {
    return new CleanupPolicy.Decision(
        List.of(ids).stream().map(id -> new CleanupPolicy.Going(id, "why")).toList());
  }

  private static CleanupPolicy.Version version(String id, CleanupPolicy.Role role) {
    return new CleanupPolicy.Version(
        id, role, Instant.EPOCH, Optional.empty(), 1, "", new TreeMap<>());
  }

  private static void assertCounts(
      GuardedCleanup guarded, int calls, int failures, int corrected, int fallbacks) {
    assertThat(
            List.of(
                guarded.counters().calls.count(),
                guarded.counters().failures.count(),
                guarded.counters().corrected.count(),
                guarded.counters().fallbacks.count()))
        .as("calls, failures, corrected, fallbacks")
        .containsExactly((double) calls, (double) failures, (double) corrected, (double) fallbacks);
  }
}
