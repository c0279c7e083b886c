// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.merge.MergePolicy;
import dev.holdfast.spi.merge.MergePolicy.Declined;
import dev.holdfast.spi.merge.MergePolicy.Merged;
import dev.holdfast.spi.merge.MergePolicy.Outcome;
import dev.holdfast.spi.merge.MergePolicy.Request;
import dev.holdfast.spi.merge.MergePolicy.Side;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuardedMergeTest {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(30);
  private static final Side SIDE =
      new Side(Bytes.utf8("x"), new TreeMap<>(Map.of(" coding", "gzip")));
  private static final Request REQUEST =
      new Request("k", "text/plain", Optional.empty(), SIDE, SIDE);
  private static final Merged FINE = merged("xy", Map.of("a", "1"));

  private final AtomicLong now = new AtomicLong();
  private final CountDownLatch end = new CountDownLatch(1);
  private final PluginThreads threads =
      new PluginThreads("test", GuardedMergeTest.class.getClassLoader());
  private Function<Request, Outcome> answer = _ -> FINE;

  private final MergePolicy plugin =
      new MergePolicy() {
        @Override
        public Set<String> contentTypes() {
          throw new AssertionError("It is asked once, at start");
        }

        @Override
        public Outcome merge(Request request) {
          return answer.apply(request);
        }
      };

  @AfterEach
  void endThreads() {
    end.countDown();
    threads.close();
  }

  @Test
  void passesAFineAnswerOn() {
    GuardedMerge guarded = guard(Duration.ofSeconds(5));

    assertThat(guarded.merge(REQUEST)).contains(FINE);
    answer = _ -> new Declined("two\nlines " + "x".repeat(10_000));
    assertThat(guarded.merge(REQUEST).orElseThrow())
        .isInstanceOfSatisfying(
            Declined.class,
            declined -> assertThat(declined.why()).startsWith("two lines").hasSizeLessThan(600));
    assertCounts(guarded, 2, 0, 0, 0);
  }

  @Test
  void declinesNonsense() {
    GuardedMerge guarded = guard(Duration.ofSeconds(5));
    Map<String, String> many = new TreeMap<>();
    for (int i = 0; i <= MergePolicy.METADATA_MAX; i++) {
      many.put("m" + i, "");
    }
    List<Merged> nonsense =
        List.of(
            merged("x".repeat(MergePolicy.SIZE_BYTES_MAX + 1), Map.of()),
            merged("", many),
            merged("", Map.of("a", "x".repeat(MergePolicy.METADATA_BYTES_MAX))),
            merged("", Map.of("A", "")),
            merged("", Map.of(" coding", "br")),
            merged("", Map.of("a", "\ud800")),
            merged("", Map.of("a", "line\nline")));
    for (Merged merged : nonsense) {
      answer = _ -> merged;
      assertThat(guarded.merge(REQUEST).orElseThrow()).isInstanceOf(Declined.class);
    }
    answer = _ -> merged("x".repeat(MergePolicy.SIZE_BYTES_MAX), Map.of(" coding", "gzip"));
    assertThat(guarded.merge(REQUEST).orElseThrow()).isInstanceOf(Merged.class);
    assertCounts(guarded, 8, 0, 7, 0);
  }

  @Test
  @SuppressWarnings("NullAway") // A plugin may be compiled without it.
  void declinesNull() {
    GuardedMerge guarded = guard(Duration.ofSeconds(5));
    answer = _ -> null;

    assertThat(guarded.merge(REQUEST).orElseThrow()).isInstanceOf(Declined.class);
    assertCounts(guarded, 1, 0, 1, 0);
  }

  @Test
  void catchesWhatItThrowsAndAsksNoMoreAfterFailuresInARow() {
    GuardedMerge guarded = guard(Duration.ofSeconds(5));
    answer =
        _ -> {
          throw new StackOverflowError("deep");
        };
    for (int i = 0; i < 7; i++) {
      assertThat(guarded.merge(REQUEST)).isEmpty();
    }
    assertCounts(guarded, 5, 5, 0, 7);

    answer = _ -> FINE;
    assertThat(guarded.merge(REQUEST)).isEmpty();
    now.addAndGet(RETRY_AFTER.toNanos());
    assertThat(guarded.merge(REQUEST)).contains(FINE);
  }

  @Test
  void waitsNoLongerThanTheDeadline() {
    GuardedMerge guarded = guard(Duration.ofMillis(50));
    answer =
        _ -> {
          while (end.getCount() > 0) {
            Thread.onSpinWait(); // Deaf to interrupts.
          }
          return FINE;
        };
    assertThat(guarded.merge(REQUEST)).isEmpty();
    assertThat(threads.stuck()).isEqualTo(1);
    assertCounts(guarded, 1, 1, 0, 1);
  }

  private GuardedMerge guard(Duration deadline) {
    return new GuardedMerge(
        "test/default",
        Set.of("text/plain"),
        plugin,
        threads,
        new PluginLimits(Duration.ofSeconds(5), Duration.ofSeconds(5), deadline, 5, RETRY_AFTER),
        now::get,
        new SimpleMeterRegistry());
  }

  private static Merged merged(String text, Map<String, String> metadata) {
    return new Merged(Bytes.utf8(text), new TreeMap<>(metadata));
  }

  private static void assertCounts(
      GuardedMerge guarded, int calls, int failures, int corrected, int fallbacks) {
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
