// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A long run, for {@code testkit/long/nemesis}: {@code holdfast.nemesis.minutes}, {@code .seed},
 * {@code .faults}, {@code .backend}, {@code .folder}; or {@code .schedule}, a file of an earlier
 * run. Runs of at most two minutes follow each other on new clusters, with seeds that rise by one.
 */
final class NemesisCampaign {
  private static final Duration ONE_RUN = Duration.ofMinutes(2);

  @Test
  void keepsItsPromises() throws Exception {
    assertThat(NetworkLab.obstacle()).isEmpty();
    Backend backend = Backend.named(System.getProperty("holdfast.nemesis.backend", "raft"));
    String file = System.getProperty("holdfast.nemesis.schedule", "");
    if (!file.isEmpty()) {
      Schedule schedule = Schedule.read(Path.of(file));
      run(backend, schedule, "replay-" + schedule.seed());
      return;
    }
    String names = System.getProperty("holdfast.nemesis.faults", "");
    List<FaultKind> kinds =
        names.isEmpty() ? Arrays.asList(FaultKind.values()) : FaultKind.list(names);
    long seed = Long.getLong("holdfast.nemesis.seed", System.currentTimeMillis());
    Duration left = Duration.ofSeconds(60L * Integer.getInteger("holdfast.nemesis.minutes", 2));
    for (; left.isPositive(); left = left.minus(ONE_RUN), seed++) {
      Duration length = left.compareTo(ONE_RUN) < 0 ? left : ONE_RUN;
      run(backend, Schedule.make(seed, length, kinds, backend, NemesisRun.NODES), "seed-" + seed);
    }
  }

  private static void run(Backend backend, Schedule schedule, String name) throws Exception {
    Path folder = Runs.folder(name);
    NemesisRun.Result result =
        new NemesisRun(new NemesisRun.Settings(backend, schedule, folder)).run();
    System.out.println(Runs.summary(name, result, folder));
    assertThat(result.problems()).as("see %s/timeline.html", folder).isEmpty();
  }
}
