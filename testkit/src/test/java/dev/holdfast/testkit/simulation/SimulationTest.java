// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whole clusters from seeds. {@code -Dholdfast.seeds=N} runs so many, {@code
 * -Dholdfast.firstSeed=S} from that one on; {@code testkit/long/simulate} does both, and the
 * message of a failure says how to see one seed again.
 */
final class SimulationTest {
  private static final int SEEDS = Integer.getInteger("holdfast.seeds", 500);
  private static final long FIRST = Long.getLong("holdfast.firstSeed", 1);
  private static final int RUN_TWICE = 50;
  private static final int SEEDS_FOR_A_BUG_MAX = 2_000;
  private static final int FAILURES_TOLD_MAX = 3;

  /** One seed is one thread; they do not know of each other. */
  private interface Run {
    Simulation.Result run();
  }

  @Test
  void keepsEveryPromiseWhateverGoesWrong() throws Exception {
    List<Run> runs = new ArrayList<>();
    LongStream.range(FIRST, FIRST + SEEDS).forEach(seed -> runs.add(() -> Simulation.run(seed)));

    Sum sum = runAll(runs);

    // A run in which nothing happens proves nothing.
    assertThat(sum.grants).isGreaterThan(10L * SEEDS);
    if (SEEDS >= 200) {
      assertThat(sum.overflows).as("commits with waiters beside the entry").isPositive();
      assertThat(sum.struck).isEqualTo(EnumSet.allOf(Fault.class));
    }
  }

  @Test
  void keepsEveryPromiseForSeedsThatOnceBrokeOne() throws Exception {
    List<Run> runs = new ArrayList<>();
    for (String line : corpus()) {
      String[] parts = line.split(" ", 2);
      long seed = Long.parseLong(parts[0]);
      runs.add(() -> Simulation.run(seed, Options.parse(parts[1]), new Rules(), false));
    }
    assertThat(runs).isNotEmpty();

    runAll(runs);
  }

  @Test
  void doesTheSameForTheSameSeed() {
    for (long seed = FIRST; seed < FIRST + RUN_TWICE; seed++) {
      assertThat(Simulation.run(seed).traceHash())
          .as("trace of seed %d, run again", seed)
          .isEqualTo(Simulation.run(seed).traceHash());
    }
  }

  @Test
  void readsTheOptionsThatItPrints() {
    for (long seed = 1; seed <= 100; seed++) {
      assertThat(Options.parse(Options.of(seed).toString())).isEqualTo(Options.of(seed));
    }
  }

  @ParameterizedTest
  @EnumSource
  void findsTheRuleThatWasTakenOut(PlantedBug bug) {
    for (long seed = 1; seed <= SEEDS_FOR_A_BUG_MAX; seed++) {
      Simulation.Result result = Simulation.run(seed, Options.of(seed), bug.rules(), false);
      if (!result.isGood()) {
        System.out.printf("%s: found by seed %d, %s%n", bug, seed, result.broken().getFirst());
        return;
      }
    }
    fail("%s was not found by %d seeds", bug, SEEDS_FOR_A_BUG_MAX);
  }

  private static final class Sum {
    private long grants;
    private long overflows;
    private final EnumSet<Fault> struck = EnumSet.noneOf(Fault.class);
  }

  private static Sum runAll(Collection<Run> runs) throws Exception {
    Sum sum = new Sum();
    List<String> failures = new ArrayList<>();
    int failed = 0;
    try (ExecutorService each =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      List<Future<Simulation.Result>> results = new ArrayList<>();
      runs.forEach(run -> results.add(each.submit(run::run)));
      for (Future<Simulation.Result> future : results) {
        Simulation.Result result = future.get();
        sum.grants += result.grants();
        sum.overflows += result.overflows();
        sum.struck.addAll(result.options().faults());
        if (!result.isGood() && ++failed <= FAILURES_TOLD_MAX) {
          failures.add(result.report());
        }
      }
    }
    if (failed > 0) {
      fail("%d of %d runs broke a promise:%n%s", failed, runs.size(), String.join("\n", failures));
    }
    return sum;
  }

  private static List<String> corpus() {
    try (InputStream in =
            Objects.requireNonNull(
                SimulationTest.class.getResourceAsStream("/simulation/corpus.txt"));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return lines.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
