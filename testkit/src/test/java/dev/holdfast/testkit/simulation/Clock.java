// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

/** The monotonic clock of one machine: begins anywhere, and runs a little fast or slow. */
final class Clock {
  private final World world;
  private final long offsetNanos;
  private final double rate;

  Clock(World world, long offsetNanos, double rate) {
    this.world = world;
    this.offsetNanos = offsetNanos;
    this.rate = rate;
  }

  static Clock of(World world, String subject) {
    var random = world.random("clock " + subject);
    double rate = world.options.has(Fault.CLOCK_RATE) ? 0.98 + random.nextInt(41) / 1_000.0 : 1.0;
    return new Clock(world, random.nextLong(1_000 * World.SECONDS), rate);
  }

  long nanos() {
    return offsetNanos + (long) (world.now() * rate);
  }

  /** How long a local duration truly is; a moment more, so that a timer is never early. */
  long trueNanos(long localNanos) {
    return (long) (localNanos / rate) + 1;
  }
}
