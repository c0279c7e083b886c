// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import java.util.ArrayDeque;

/** One direction of a connection: in order, and stalled for as long as the way is cut. */
final class Pipe {
  private static final long STALLED_NANOS = 50 * World.MILLIS;

  private final World world;
  private final Network network;
  private final String from;
  private final String to;
  private final ArrayDeque<Runnable> messages = new ArrayDeque<>();
  private boolean pumping;

  Pipe(World world, Network network, String from, String to) {
    this.world = world;
    this.network = network;
    this.from = from;
    this.to = to;
  }

  void send(Runnable deliver) {
    messages.add(deliver);
    if (!pumping) {
      pumping = true;
      world.after(network.delay(), this::pump);
    }
  }

  /** What is under way is lost. */
  void drop() {
    messages.clear();
  }

  private void pump() {
    if (network.isCut(from, to)) {
      world.after(STALLED_NANOS, this::pump);
      return;
    }
    Runnable first = messages.poll();
    if (first == null) {
      pumping = false;
      return;
    }
    first.run();
    world.after(messages.isEmpty() ? 0 : network.delay() / 4, this::pump);
  }
}
