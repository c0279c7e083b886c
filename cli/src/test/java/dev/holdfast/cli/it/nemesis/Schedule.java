// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which fault begins when, where, for how long. At most two at once, then some seconds without any.
 *
 * @param seed that it was made from
 */
record Schedule(long seed, long durationMillis, List<Planned> faults) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final int FIRST_MILLIS = 2_000;
  private static final int SHORTEST_MILLIS = 1_000;
  private static final int LONGEST_MILLIS = 12_000;
  private static final int REST_MIN_MILLIS = 2_000;
  private static final int REST_MORE_MILLIS = 4_000;
  private static final List<Integer> PAUSES_MILLIS = List.of(1_000, 5_000, 15_000, 70_000);

  /** Stands for whoever leads the agreement when the fault begins; others are named. */
  static final String LEADER = "leader";

  Schedule {
    faults = List.copyOf(faults);
  }

  record Planned(FaultKind kind, String target, long startMillis, long lengthMillis) {
    long endMillis() {
      return startMillis + lengthMillis;
    }
  }

  static Schedule make(
      long seed, Duration duration, List<FaultKind> kinds, Backend backend, int nodes) {
    Cast cast = new Cast(kinds, backend.allNames(nodes), backend.names(nodes - 1));
    Random random = new Random(seed);
    List<Planned> faults = new ArrayList<>();
    long at = FIRST_MILLIS;
    while (true) {
      Planned first = plan(random, cast, at, duration.toMillis());
      if (first.endMillis() > duration.toMillis()) {
        break;
      }
      faults.add(first);
      long end = first.endMillis();
      if (random.nextInt(3) == 0) {
        long later = at + random.nextLong(first.lengthMillis);
        Planned second = plan(random, cast, later, duration.toMillis());
        if (second.kind != first.kind && second.endMillis() <= duration.toMillis()) {
          faults.add(second);
          end = Math.max(end, second.endMillis());
        }
      }
      at = end + REST_MIN_MILLIS + random.nextInt(REST_MORE_MILLIS);
    }
    faults.sort(Comparator.comparingLong(Planned::startMillis));
    return new Schedule(seed, duration.toMillis(), faults);
  }

  /**
   * What can go wrong with whom.
   *
   * @param small those whose disks may be filled: at one place, so that a majority goes on
   */
  private record Cast(List<FaultKind> kinds, List<String> names, List<String> small) {}

  private static Planned plan(Random random, Cast cast, long at, long durationMillis) {
    FaultKind kind = pick(random, cast.kinds);
    String target =
        kind == FaultKind.FULL_DISK
            ? pick(random, cast.small)
            : random.nextBoolean() ? LEADER : pick(random, cast.names);
    long length =
        kind == FaultKind.PAUSE
            ? PAUSES_MILLIS.get(random.nextInt(PAUSES_MILLIS.size()))
            : SHORTEST_MILLIS + random.nextInt(LONGEST_MILLIS - SHORTEST_MILLIS);
    boolean fits = kind != FaultKind.PAUSE || length * 3 <= durationMillis * 2;
    return new Planned(kind, target, at, fits ? length : PAUSES_MILLIS.get(1));
  }

  /** Draws only where there is a choice. */
  private static <T> T pick(Random random, List<T> from) {
    return from.size() == 1 ? from.getFirst() : from.get(random.nextInt(from.size()));
  }

  /** Whom faults of this kind are planned for. */
  Set<String> targets(FaultKind kind) {
    return faults.stream()
        .filter(fault -> fault.kind == kind)
        .map(Planned::target)
        .collect(Collectors.toSet());
  }

  void write(Path file) throws IOException {
    Files.writeString(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n");
  }

  static Schedule read(Path file) throws IOException {
    return JSON.readValue(Files.readString(file), Schedule.class);
  }
}
