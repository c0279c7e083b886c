// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** True time, what happens when, chance, and what is written down of it. One thread. */
final class World {
  static final long MILLIS = 1_000_000;
  static final long SECONDS = 1_000 * MILLIS;

  private static final int TRACE_LINES = 400;

  final Options options;
  private final long seed;
  private final boolean printing;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::order));
  private final ArrayDeque<String> trace = new ArrayDeque<>();
  private long hash = 17;
  private long now;
  private long orders;

  /** Whether faults strike. */
  boolean chaos = true;

  private record Event(long atNanos, long order, Runnable action) {}

  World(long seed, Options options, boolean printing) {
    this.seed = seed;
    this.options = options;
    this.printing = printing;
  }

  long now() {
    return now;
  }

  /** Chance of one subject: what one of them draws does not shift what the others draw. */
  SplittableRandom random(String subject) {
    SplittableRandom mixed = new SplittableRandom(seed * 31 + subject.hashCode());
    return mixed.split();
  }

  void after(long delayNanos, Runnable action) {
    events.add(new Event(now + Math.max(0, delayNanos), orders++, action));
  }

  /** False when nothing is left to happen. */
  boolean step() {
    Event next = events.poll();
    if (next == null) {
      return false;
    }
    now = next.atNanos;
    next.action.run();
    return true;
  }

  /** Whether a fault is switched on, and strikes now. */
  boolean strikes(Fault fault) {
    return chaos && options.has(fault);
  }

  void trace(String subject, String what) {
    hash = hash * 1_000_003 + now;
    hash = hash * 1_000_003 + what.hashCode() + subject.hashCode();
    String line = now / 1_000 + " us  " + subject + "  " + what;
    if (printing) {
      System.out.println(line);
    }
    if (trace.size() == TRACE_LINES) {
      trace.removeFirst();
    }
    trace.add(line);
  }

  /** Equal for two runs that did the same. */
  long traceHash() {
    return hash;
  }

  String lastEvents() {
    return String.join("\n", trace);
  }
}
