// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.testkit.simulation.Outcome.Done;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A shell script with a session over REST: no deadline of its own, keep-alives through any node,
 * often at the last moment, sometimes too late. What it was acknowledged must hold.
 */
final class SimulatedShell extends Program {
  private final Network network;
  private final List<SimulatedNode> nodes;
  private final SplittableRandom random;
  private @Nullable String session;
  private long ttlMillis;

  SimulatedShell(World world, String name, Network network, Map<String, SimulatedNode> nodes) {
    super(world, name);
    this.network = network;
    this.nodes = List.copyOf(nodes.values());
    this.random = world.random("shell " + name);
  }

  void start() {
    begin();
    later(random.nextLong(World.SECONDS), this::work);
  }

  private void work() {
    String mine = session;
    if (mine == null) {
      if (world.chaos) {
        create();
        later(World.SECONDS, this::work);
      }
      return;
    }
    if (world.chaos) {
      keepAlive(mine);
      later(ttlMillis * World.MILLIS / 5 + random.nextLong(ttlMillis * World.MILLIS), this::work);
    }
  }

  private void create() {
    ttlMillis = 1_000 + 500L * random.nextInt(3);
    long asked = ttlMillis;
    ask(node ->
        node.sessions.create(
            asked,
            outcome -> {
              if (outcome instanceof Done<SessionShell.Created>(SessionShell.Created created)) {
                answer(node, () -> session = created.id());
              }
            }));
  }

  private void keepAlive(String mine) {
    ask(node ->
        node.sessions.keepAlive(
            mine,
            outcome -> {
              if (outcome instanceof Done<OptionalLong>(OptionalLong revision)
                  && revision.isEmpty()) {
                answer(node, () -> session = mine.equals(session) ? null : session);
              }
            }));
  }

  private interface Request {
    void run(SimulatedNode node);
  }

  private void ask(Request request) {
    SimulatedNode node = nodes.get(random.nextInt(nodes.size()));
    int life = node.life();
    var _ = network.sendOnce(name, node.name, () -> node.run(life, () -> request.run(node)));
  }

  private void answer(SimulatedNode node, Runnable action) {
    int life = life();
    var _ = network.sendOnce(node.name, name, () -> run(life, action));
  }
}
