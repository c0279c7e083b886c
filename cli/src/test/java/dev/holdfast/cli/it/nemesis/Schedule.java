package dev.holdfast.cli.it.nemesis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
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

  /** Stands for the node that leads when the fault begins; others are named. */
  static final String LEADER = "leader";

  Schedule {
    faults = List.copyOf(faults);
  }

  record Planned(FaultKind kind, String target, long startMillis, long lengthMillis) {
    long endMillis() {
      return startMillis + lengthMillis;
    }
  }

  static Schedule make(long seed, Duration duration, List<FaultKind> kinds, int nodes) {
    Random random = new Random(seed);
    List<Planned> faults = new ArrayList<>();
    long at = FIRST_MILLIS;
    while (true) {
      Planned first = plan(random, kinds, nodes, at, duration.toMillis());
      if (first.endMillis() > duration.toMillis()) {
        break;
      }
      faults.add(first);
      long end = first.endMillis();
      if (random.nextInt(3) == 0) {
        long later = at + random.nextLong(first.lengthMillis);
        Planned second = plan(random, kinds, nodes, later, duration.toMillis());
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

  private static Planned plan(
      Random random, List<FaultKind> kinds, int nodes, long at, long durationMillis) {
    FaultKind kind = kinds.get(random.nextInt(kinds.size()));
    String target =
        kind == FaultKind.FULL_DISK
            ? SmallDisk.NODE
            : random.nextBoolean() ? LEADER : "n" + (1 + random.nextInt(nodes));
    long length =
        kind == FaultKind.PAUSE
            ? PAUSES_MILLIS.get(random.nextInt(PAUSES_MILLIS.size()))
            : SHORTEST_MILLIS + random.nextInt(LONGEST_MILLIS - SHORTEST_MILLIS);
    boolean fits = kind != FaultKind.PAUSE || length <= durationMillis / 3;
    return new Planned(kind, target, at, fits ? length : PAUSES_MILLIS.get(1));
  }

  void write(Path file) throws IOException {
    Files.writeString(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n");
  }

  static Schedule read(Path file) throws IOException {
    return JSON.readValue(Files.readString(file), Schedule.class);
  }
}
