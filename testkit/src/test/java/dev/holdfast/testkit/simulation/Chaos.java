// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** Lets the faults of a run strike, and heals them all at its end. */
final class Chaos {
  private final World world;
  private final Network network;
  private final Agreement agreement;
  private final List<SimulatedNode> nodes;
  private final List<SimulatedClient> clients;
  private final SplittableRandom random;

  Chaos(
      World world,
      Network network,
      Agreement agreement,
      List<SimulatedNode> nodes,
      List<SimulatedClient> clients) {
    this.world = world;
    this.network = network;
    this.agreement = agreement;
    this.nodes = nodes;
    this.clients = clients;
    this.random = world.random("chaos");
  }

  void begin() {
    world.options.faults().forEach(this::next);
  }

  private void next(Fault fault) {
    world.after(
        200 * World.MILLIS + random.nextLong(4 * World.SECONDS / world.options.intensity()),
        () -> {
          if (world.chaos) {
            strike(fault);
            next(fault);
          }
        });
  }

  private void strike(Fault fault) {
    SimulatedNode node = nodes.get(random.nextInt(nodes.size()));
    SimulatedClient client = clients.get(random.nextInt(clients.size()));
    switch (fault) {
      case ISOLATED_NODE -> cut(node.name, Agreement.NAME, 4);
      case CUT_PEERS -> cut(node.name, nodes.get(random.nextInt(nodes.size())).name, 3);
      case CUT_CLIENT -> cut(client.name, node.name, 3);
      case BROKEN_CONNECTION -> client.breakConnection();
      case ELECTION -> {
        agreement.leaderless(true);
        world.after(length(1), () -> agreement.leaderless(false));
      }
      case HOMES_DISAGREE -> {
        TreeSet<String> some = new TreeSet<>();
        some.add(nodes.get(random.nextInt(nodes.size())).name);
        nodes.stream().filter(n -> random.nextBoolean()).forEach(n -> some.add(n.name));
        node.trace("takes for healthy " + some);
        node.healthy(some);
      }
      case NODE_PAUSE -> pause(node, 4);
      case CLIENT_PAUSE -> pause(client, 4);
      case NODE_RESTART -> {
        if (node.isUp()) {
          node.crash();
          world.after(length(2), () -> startAgain(node));
        }
      }
      case CLIENT_DEATH -> {
        if (client.isUp()) {
          client.die();
        }
      }
      case WALL_JUMP ->
          client.jumpWallClock(
              (random.nextBoolean() ? 1 : -1) * random.nextLong(3_600 * World.SECONDS));
      case DELAY,
          DROP,
          DUPLICATE,
          APPLY_LAG,
          WATCH_LAG,
          RESYNC,
          CLOCK_RATE,
          SLOW_THREADS,
          CROWD -> {}
    }
  }

  private long length(int seconds) {
    return 100 * World.MILLIS + random.nextLong(seconds * World.SECONDS);
  }

  private void cut(String one, String other, int seconds) {
    if (!one.equals(other)) {
      network.cut(one, other);
      world.after(length(seconds), () -> network.heal(one, other));
    }
  }

  private void pause(Program process, int seconds) {
    if (process.isUp() && !process.isStopped()) {
      process.stop();
      world.after(length(seconds), process::goOn);
    }
  }

  private void startAgain(SimulatedNode node) {
    if (!node.isUp()) {
      node.start();
    }
  }

  /** From here on nothing goes wrong any more. */
  void end() {
    world.trace("--", "all is healed");
    world.chaos = false;
    network.healAll();
    agreement.leaderless(false);
    TreeSet<String> all = new TreeSet<>();
    nodes.forEach(node -> all.add(node.name));
    nodes.forEach(node -> node.healthy(all));
    nodes.forEach(this::startAgain);
    nodes.forEach(Program::goOn);
    clients.forEach(Program::goOn);
  }
}
