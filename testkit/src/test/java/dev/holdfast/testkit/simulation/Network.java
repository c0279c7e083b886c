// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** Carries messages: late, twice, or not at all. A pair that is cut off loses all of them. */
final class Network {
  private static final long NEAR_NANOS = 2 * World.MILLIS;
  private static final long FAR_NANOS = 3 * World.SECONDS;

  private final World world;
  private final SplittableRandom random;
  private final Set<String> cuts = new TreeSet<>();

  Network(World world) {
    this.world = world;
    this.random = world.random("network");
  }

  void cut(String one, String other) {
    world.trace("net", one + " and " + other + " are cut");
    cuts.add(pair(one, other));
  }

  void heal(String one, String other) {
    if (cuts.remove(pair(one, other))) {
      world.trace("net", one + " and " + other + " are healed");
    }
  }

  void healAll() {
    cuts.clear();
  }

  boolean isCut(String one, String other) {
    return !cuts.isEmpty() && cuts.contains(pair(one, other));
  }

  private static String pair(String one, String other) {
    return one.compareTo(other) < 0 ? one + "-" + other : other + "-" + one;
  }

  long delay() {
    if (world.strikes(Fault.DELAY) && world.options.happens(random, 40)) {
      return random.nextLong(FAR_NANOS);
    }
    return 50_000 + random.nextLong(NEAR_NANOS);
  }

  /** A message without order: may be lost, and may come twice. */
  void send(String from, String to, Runnable deliver) {
    boolean sent = sendOnce(from, to, deliver);
    if (sent && world.strikes(Fault.DUPLICATE) && world.options.happens(random, 20)) {
      world.after(delay() + random.nextLong(FAR_NANOS), () -> arrive(from, to, deliver));
    }
  }

  /** A message without order: may be lost. */
  boolean sendOnce(String from, String to, Runnable deliver) {
    if (isCut(from, to) || (world.strikes(Fault.DROP) && world.options.happens(random, 30))) {
      return false;
    }
    world.after(delay(), () -> arrive(from, to, deliver));
    return true;
  }

  private void arrive(String from, String to, Runnable deliver) {
    if (!isCut(from, to)) {
      deliver.run();
    }
  }
}
