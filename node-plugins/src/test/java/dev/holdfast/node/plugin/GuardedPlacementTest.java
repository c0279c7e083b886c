// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.DiverseRendezvous;
import dev.holdfast.spi.placement.PlacementPolicy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuardedPlacementTest {
  private static final PlacementPolicy BUILT_IN = new DiverseRendezvous(List.of());
  private static final Duration RETRY_AFTER = Duration.ofSeconds(30);
  private static final PlacementPolicy.Request REQUEST =
      new PlacementPolicy.Request(PluginKit.map(4), "key", 2);
  private static final Set<String> ALL = Set.of("n1", "n2", "n3", "n4");

  private final AtomicLong now = new AtomicLong();
  private final CountDownLatch end = new CountDownLatch(1);
  private final PluginThreads threads =
      new PluginThreads("test", GuardedPlacementTest.class.getClassLoader());

  /** A policy whose three answers are as given. */
  private static final class Fake implements PlacementPolicy {
    private Function<Request, Choice> choice = BUILT_IN::choose;
    private Function<Set<String>, Verdict> verdict = holders -> new Verdict(true, "fine");
    private Function<Set<String>, List<String>> going = holders -> List.of();

    @Override
    public Choice choose(Request request) {
      return choice.apply(request);
    }

    @Override
    public Verdict isSatisfied(Request request, Set<String> holders) {
      return verdict.apply(holders);
    }

    @Override
    public Surplus mayGo(Request request, Set<String> holders) {
      return new Surplus(going.apply(holders), "too many");
    }
  }

  private final Fake fake = new Fake();
  private final GuardedPlacement guarded = guard(Duration.ofSeconds(5));

  @AfterEach
  void endThreads() {
    end.countDown();
    threads.close();
  }

  @Test
  void passesGoodAnswersOn() {
    fake.choice = request -> new PlacementPolicy.Choice(List.of("n4", "n1"), "as I like");
    fake.going = holders -> List.of("n2", "n3");

    assertThat(guarded.choose(REQUEST).nodeIds()).containsExactly("n4", "n1");
    assertThat(guarded.choose(REQUEST).explanation()).isEqualTo("as I like");
    assertThat(guarded.isSatisfied(REQUEST, ALL).satisfied()).isTrue();
    assertThat(guarded.mayGo(REQUEST, ALL))
        .isEqualTo(new PlacementPolicy.Surplus(List.of("n2", "n3"), "too many"));
    assertCounts(4, 0, 0, 0);
  }

  @Test
  void takesNonsenseOutOfAChoiceAndFillsItUp() {
    Map<String, List<String>> answers =
        Map.of(
            "unknown", List.of("n3", "mars"),
            "twice", List.of("n3", "n3"),
            "too few", List.of("n3"),
            "none", List.of(),
            "too many", List.of("n3", "n1", "n2", "n4"));
    answers.forEach((what, ids) -> {
      fake.choice = request -> new PlacementPolicy.Choice(ids, what);

      List<String> chosen = guarded.choose(REQUEST).nodeIds();

      assertThat(chosen).as(what).hasSize(2).doesNotHaveDuplicates().isSubsetOf(ALL);
      if (!ids.isEmpty()) {
        assertThat(chosen).as(what).startsWith("n3");
      }
    });
    assertCounts(5, 0, 5, 0);
  }

  @Test
  void neverPlacesOnADrainingNode() {
    List<ClusterMap.Node> nodes = new ArrayList<>(PluginKit.map(3).nodes());
    nodes.add(new ClusterMap.Node("n4", Map.of(), 1, ClusterMap.State.DRAINING));
    var request = new PlacementPolicy.Request(new ClusterMap(1, nodes), "key", 2);
    fake.choice = any -> new PlacementPolicy.Choice(List.of("n4", "n1"), "");

    assertThat(guarded.choose(request).nodeIds()).hasSize(2).startsWith("n1").doesNotContain("n4");
  }

  @Test
  void neverAcceptsTooFewCopiesNorLetsThemGo() {
    fake.going = holders -> new ArrayList<>(holders);

    assertThat(guarded.isSatisfied(REQUEST, Set.of("n1")).satisfied()).isFalse();
    assertThat(guarded.isSatisfied(REQUEST, Set.of("n1", "gone")).satisfied()).isFalse();
    assertThat(guarded.mayGo(REQUEST, ALL).nodeIds()).hasSize(2);
    assertThat(guarded.mayGo(REQUEST, Set.of("n1")).nodeIds()).isEmpty();
    fake.going = holders -> List.of("elsewhere", "n1", "n1");
    assertThat(guarded.mayGo(REQUEST, ALL).nodeIds()).containsExactly("n1");
    assertCounts(5, 0, 5, 0);
  }

  @Test
  @SuppressWarnings({
    "NullAway",
    "unchecked",
    "rawtypes"
  }) // What a plugin can do against its contract.
  void answersItselfWhenThePluginThrowsOrAnswersNothing() {
    List<Function<PlacementPolicy.Request, PlacementPolicy.Choice>> bad =
        List.of(
            request -> null,
            request -> new PlacementPolicy.Choice(Arrays.asList("n1", null), ""),
            request -> new PlacementPolicy.Choice((List) List.of(1, 2), ""),
            request -> {
              throw new NoSuchMethodError("built against another SPI");
            });
    for (var choice : bad) {
      fake.choice = choice;
      assertThat(guarded.choose(REQUEST)).isEqualTo(BUILT_IN.choose(REQUEST));
    }
    assertCounts(4, 4, 0, 4);
  }

  @Test
  void letsNothingGoWhenThePluginFails() {
    fake.going =
        holders ->
            new AbstractList<>() {
              @Override
              public String get(int index) {
                throw new IllegalStateException("a list of its own");
              }

              @Override
              public int size() {
                return 3;
              }
            };

    assertThat(BUILT_IN.mayGo(REQUEST, ALL).nodeIds()).isNotEmpty();
    assertThat(guarded.mayGo(REQUEST, ALL).nodeIds()).isEmpty();
    assertCounts(1, 1, 0, 1);
  }

  @Test
  void opensAfterFailuresInARowAndLetsOneCallTryAgain() {
    AtomicBoolean broken = new AtomicBoolean(true);
    fake.choice =
        request -> {
          if (broken.get()) {
            throw new IllegalStateException("broken");
          }
          return new PlacementPolicy.Choice(List.of("n4", "n3"), "mine");
        };
    callTimes(5);
    assertThat(guarded.circuit()).isEqualTo(Circuit.State.OPEN);

    callTimes(3);
    assertCounts(5, 5, 0, 8);

    now.addAndGet(RETRY_AFTER.toNanos());
    callTimes(2);
    assertCounts(6, 6, 0, 10);
    assertThat(guarded.circuit()).isEqualTo(Circuit.State.OPEN);

    broken.set(false);
    now.addAndGet(RETRY_AFTER.toNanos());
    assertThat(guarded.choose(REQUEST).explanation()).isEqualTo("mine");
    assertThat(guarded.circuit()).isEqualTo(Circuit.State.CLOSED);
  }

  @Test
  void answersInTimeWhenThePluginHangsAndStopsCallingItOnceItsThreadsAreStuck() throws Exception {
    GuardedPlacement hasty = guard(Duration.ofMillis(30));
    fake.choice =
        request -> {
          while (end.getCount() > 0) {
            Thread.onSpinWait(); // Deaf to interrupts.
          }
          return BUILT_IN.choose(request);
        };

    for (int i = 0; i < 20; i++) {
      now.addAndGet(RETRY_AFTER.toNanos());
      assertThat(hasty.choose(REQUEST)).isEqualTo(BUILT_IN.choose(REQUEST));
    }
    assertThat(threads.stuck()).isEqualTo(PluginThreads.MAX_THREADS);
    assertThat(hasty.counters().calls.count()).isEqualTo(PluginThreads.MAX_THREADS);

    end.countDown();
    await(() -> threads.stuck() == 0);
    now.addAndGet(RETRY_AFTER.toNanos());
    fake.choice = request -> new PlacementPolicy.Choice(List.of("n4", "n3"), "mine");
    await(() ->
        hasty.choose(REQUEST).explanation().equals("mine")
            || now.addAndGet(RETRY_AFTER.toNanos()) < 0);
  }

  @Test
  void setsTheContextClassLoaderOfThePlugin() throws Exception {
    ClassLoader own = new ClassLoader("own", null) {};
    try (PluginThreads others = new PluginThreads("other", own)) {
      assertThat(
              others.call(
                  Duration.ofSeconds(5), () -> Thread.currentThread().getContextClassLoader()))
          .isSameAs(own);
    }
  }

  private GuardedPlacement guard(Duration deadline) {
    return new GuardedPlacement(
        "test/default",
        fake,
        BUILT_IN,
        threads,
        new PluginLimits(Duration.ofSeconds(5), deadline, deadline, 5, RETRY_AFTER),
        now::get,
        new SimpleMeterRegistry());
  }

  private void callTimes(int times) {
    for (int i = 0; i < times; i++) {
      assertThat(guarded.choose(REQUEST).nodeIds()).hasSize(2);
    }
  }

  private void assertCounts(int calls, int failures, int corrected, int fallbacks) {
    assertThat(
            List.of(
                guarded.counters().calls.count(),
                guarded.counters().failures.count(),
                guarded.counters().corrected.count(),
                guarded.counters().fallbacks.count()))
        .as("calls, failures, corrected, fallbacks")
        .containsExactly((double) calls, (double) failures, (double) corrected, (double) fallbacks);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }
}
