// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the long runs draw from seeds. */
final class ScheduleTest {
  private static final long SEEDS = 300;
  private static final List<FaultKind> ALL = Arrays.asList(FaultKind.values());
  private static final Duration LENGTH = Duration.ofMinutes(2);

  @TempDir private static Path temp;

  @ParameterizedTest
  @EnumSource
  void everyFaultMeetsEveryProcessAndTheLeader(Backend backend) {
    List<String> names = backend.allNames(3);

    for (FaultKind kind : ALL) {
      Set<String> targets = drawn(backend, schedule -> schedule.targets(kind).stream());
      if (kind == FaultKind.FULL_DISK) {
        assertThat(targets).containsExactlyInAnyOrderElementsOf(backend.names(2));
      } else {
        assertThat(targets).contains(Schedule.LEADER).containsAll(names);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void pausesAreShortAndLong(Backend backend) {
    assertThat(
            drawn(
                backend,
                schedule ->
                    schedule.faults().stream()
                        .filter(fault -> fault.kind() == FaultKind.PAUSE)
                        .map(Schedule.Planned::lengthMillis)))
        .containsExactlyInAnyOrder(1_000L, 5_000L, 15_000L, 70_000L);
  }

  private static <T> Set<T> drawn(Backend backend, Function<Schedule, Stream<T>> what) {
    return LongStream.range(0, SEEDS)
        .mapToObj(seed -> Schedule.make(seed, LENGTH, ALL, backend, 3))
        .flatMap(what)
        .collect(Collectors.toSet());
  }

  @ParameterizedTest
  @EnumSource
  void isTheSameForTheSameSeedAndFromItsFile(Backend backend) throws IOException {
    Schedule schedule = Schedule.make(7, LENGTH, ALL, backend, 3);
    Path file = temp.resolve(backend + ".json");
    schedule.write(file);

    assertThat(Schedule.make(7, LENGTH, ALL, backend, 3)).isEqualTo(schedule);
    assertThat(Schedule.read(file)).isEqualTo(schedule);
  }

  @Test
  void namesNodesFirst() {
    assertThat(Backend.RAFT.allNames(3)).containsExactly("n1", "n2", "n3");
    assertThat(Backend.ZOOKEEPER.allNames(3))
        .containsExactly("n1", "n2", "n3", "zk1", "zk2", "zk3");
  }
}
