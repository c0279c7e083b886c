package dev.holdfast.cli.it.nemesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two short runs, the same in every build; {@code testkit/long/nemesis} makes long ones. */
@Timeout(value = 400, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class NemesisIT {
  private static final long RUN_MILLIS = 36_000;

  @Test
  void keepsItsPromisesWhileNodesAreKilledAndStandStill() throws Exception {
    run(
        "kill-and-pause",
        List.of(
            fault(FaultKind.KILL, Schedule.LEADER, 2, 6),
            fault(FaultKind.PAUSE, Schedule.LEADER, 12, 5),
            fault(FaultKind.PAUSE, "n2", 21, 1),
            fault(FaultKind.KILL, "n1", 25, 4),
            fault(FaultKind.PAUSE, Schedule.LEADER, 27, 5)));
  }

  @Test
  void keepsItsPromisesWhileTheLeaderIsCutOffFromTheOthers() throws Exception {
    run(
        "partitions",
        List.of(
            fault(FaultKind.ISOLATE, Schedule.LEADER, 2, 7),
            fault(FaultKind.BRIDGE, Schedule.LEADER, 12, 6),
            fault(FaultKind.DEAF, Schedule.LEADER, 21, 5),
            fault(FaultKind.FLAP, "n2", 28, 6)));
  }

  private static Schedule.Planned fault(FaultKind kind, String target, int from, int seconds) {
    return new Schedule.Planned(kind, target, from * 1_000L, seconds * 1_000L);
  }

  private static void run(String name, List<Schedule.Planned> faults) throws Exception {
    assumeThat(NetworkLab.obstacle()).isEmpty();
    Path folder = Runs.folder(name);
    Schedule schedule = new Schedule(name.hashCode(), RUN_MILLIS, faults);

    NemesisRun.Result result =
        new NemesisRun(new NemesisRun.Settings(Backend.RAFT, schedule, folder)).run();

    System.out.println(Runs.summary(name, result, folder));
    assertThat(result.problems()).as("see %s/timeline.html", folder).isEmpty();
    assertThat(result.events()).as("faults that came about").hasSameSizeAs(faults);
    assertThat(result.acknowledged()).isGreaterThan(100);
  }
}
