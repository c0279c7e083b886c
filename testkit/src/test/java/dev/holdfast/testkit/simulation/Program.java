// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import java.util.ArrayDeque;

/**
 * A program on a machine. It may be stopped: what comes meanwhile waits, in order. It may be
 * killed: what it had planned is forgotten.
 */
class Program {
  final String name;
  final World world;
  final Clock clock;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private boolean stopped;
  private int life;
  private boolean up;

  Program(World world, String name) {
    this.world = world;
    this.name = name;
    this.clock = Clock.of(world, name);
  }

  final int life() {
    return life;
  }

  final boolean isStopped() {
    return stopped;
  }

  final void stop() {
    trace("stopped");
    stopped = true;
  }

  final void goOn() {
    if (stopped) {
      trace("goes on");
      stopped = false;
      while (!stopped && !waiting.isEmpty()) {
        waiting.removeFirst().run();
      }
    }
  }

  final boolean isUp() {
    return up;
  }

  /** A new life begins. */
  final void begin() {
    life++;
    up = true;
  }

  /** Ends this life: timers and work under way are lost. */
  final void kill() {
    up = false;
    waiting.clear();
    stopped = false;
  }

  /** After this long by the clock of this process, if it still lives then. */
  final void later(long localNanos, Runnable action) {
    int mine = life;
    world.after(clock.trueNanos(localNanos), () -> run(mine, action));
  }

  /** Something from outside reaches this process, in the life that it was meant for. */
  final void run(int meantFor, Runnable action) {
    if (meantFor != life || !up) {
      return;
    }
    if (stopped || !waiting.isEmpty()) {
      waiting.add(() -> {
        if (meantFor == life && up) {
          action.run();
        }
      });
    } else {
      action.run();
    }
  }

  final void every(long localNanos, Runnable action) {
    later(
        localNanos,
        () -> {
          action.run();
          every(localNanos, action);
        });
  }

  final void trace(String what) {
    world.trace(name, what);
  }
}
