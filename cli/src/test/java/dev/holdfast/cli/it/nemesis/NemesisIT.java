// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * A short run on each backend, the same in every build; {@code testkit/long/nemesis} makes long
 * ones.
 */
@Timeout(value = 400, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class NemesisIT {
  private static final long RUN_MILLIS = 48_000;

  @Test
  void keepsItsPromisesOnRaft() throws Exception {
    run(
        Backend.RAFT,
        List.of(
            fault(FaultKind.KILL, Schedule.LEADER, 2, 5),
            fault(FaultKind.PAUSE, Schedule.LEADER, 10, 5),
            fault(FaultKind.ISOLATE, Schedule.LEADER, 18, 6),
            fault(FaultKind.PAUSE, "n2", 22, 1),
            fault(FaultKind.BRIDGE, Schedule.LEADER, 27, 5),
            fault(FaultKind.KILL, "n1", 30, 4),
            fault(FaultKind.DEAF, Schedule.LEADER, 37, 4),
            fault(FaultKind.FLAP, "n2", 43, 4)));
  }

  /** A ZooKeeper server that does not hear its leader for five seconds looks for another. */
  @Test
  void keepsItsPromisesOnZooKeeper() throws Exception {
    run(
        Backend.ZOOKEEPER,
        List.of(
            fault(FaultKind.KILL, Schedule.LEADER, 2, 5),
            fault(FaultKind.ISOLATE, Schedule.LEADER, 10, 9),
            fault(FaultKind.KILL, "n2", 14, 4),
            fault(FaultKind.PAUSE, Schedule.LEADER, 22, 8),
            fault(FaultKind.PAUSE, "n3", 26, 7),
            fault(FaultKind.BRIDGE, "n1", 36, 5),
            fault(FaultKind.KILL, "zk2", 38, 4),
            fault(FaultKind.DEAF, Schedule.LEADER, 44, 3)));
  }

  private static Schedule.Planned fault(FaultKind kind, String target, int from, int seconds) {
    return new Schedule.Planned(kind, target, from * 1_000L, seconds * 1_000L);
  }

  private static void run(Backend backend, List<Schedule.Planned> faults) throws Exception {
    assumeThat(NetworkLab.obstacle()).isEmpty();
    String name = backend.name().toLowerCase(Locale.ROOT);
    Path folder = Runs.folder(name);
    Schedule schedule = new Schedule(name.hashCode(), RUN_MILLIS, faults);

    NemesisRun.Result result =
        new NemesisRun(new NemesisRun.Settings(backend, schedule, folder)).run();

    System.out.println(Runs.summary(name, result, folder));
    assertThat(result.problems()).as("see %s/timeline.html", folder).isEmpty();
    assertThat(result.events()).as("faults that came about").hasSameSizeAs(faults);
    assertThat(result.acknowledged()).isGreaterThan(100);
  }
}
