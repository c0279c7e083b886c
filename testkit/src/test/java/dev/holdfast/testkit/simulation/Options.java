// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * The frame of a run. Derived from its seed, and printed with it, so that a run of the corpus stays
 * what it was when the derivation changes.
 *
 * @param intensity how often faults strike, 1 to {@link #INTENSITY_MAX}
 */
record Options(
    int nodes, int clients, int locks, int chaosSeconds, int intensity, EnumSet<Fault> faults) {
  static final int INTENSITY_MAX = 4;

  private static final int FAULTS_MAX = 6;

  static Options of(long seed) {
    SplittableRandom random = new SplittableRandom(seed ^ 0x5DEECE66DL);
    EnumSet<Fault> faults = EnumSet.noneOf(Fault.class);
    int count = 1 + random.nextInt(FAULTS_MAX);
    Fault[] all = Fault.values();
    for (int i = 0; i < count; i++) {
      faults.add(all[random.nextInt(all.length)]);
    }
    return new Options(
        3 + 2 * random.nextInt(2),
        2 + random.nextInt(4),
        1 + random.nextInt(3),
        6 + random.nextInt(9),
        1 + random.nextInt(INTENSITY_MAX),
        faults);
  }

  boolean has(Fault fault) {
    return faults.contains(fault);
  }

  /** Whether something that happens once in so many times, when nothing is intense, happens now. */
  boolean happens(SplittableRandom random, int onceIn) {
    return random.nextInt(onceIn) < intensity;
  }

  /** As {@link #toString} writes it. */
  static Options parse(String text) {
    String[] parts = text.strip().split("\\s+");
    EnumSet<Fault> faults = EnumSet.noneOf(Fault.class);
    String names = value(parts[5]);
    if (!names.isEmpty()) {
      Arrays.stream(names.split(",")).map(Fault::valueOf).forEach(faults::add);
    }
    return new Options(
        number(parts[0]),
        number(parts[1]),
        number(parts[2]),
        number(parts[3]),
        number(parts[4]),
        faults);
  }

  private static int number(String part) {
    return Integer.parseInt(value(part));
  }

  private static String value(String part) {
    return part.substring(part.indexOf('=') + 1);
  }

  @Override
  public String toString() {
    return "nodes=%d clients=%d locks=%d chaos=%d intensity=%d faults=%s"
        .formatted(
            nodes,
            clients,
            locks,
            chaosSeconds,
            intensity,
            faults.stream().map(Fault::name).collect(Collectors.joining(",")));
  }
}
