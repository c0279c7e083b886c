// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.testkit.simulation.Outcome.Done;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A script that takes and gives back the same lock over REST, through any node, always under the
 * same holder id. What it was answered for good is over: whatever some node still has in a queue
 * must not touch what it asks for next. After an answer that says nothing for certain it begins
 * anew, with another session.
 */
final class SimulatedScript extends Program {
  private static final String HOLDER = "script";
  private static final long TTL_MILLIS = 5_000;
  private static final long ANSWER_NANOS = 20 * World.SECONDS;

  private final Network network;
  private final List<SimulatedNode> nodes;
  private final Judge judge;
  private final SplittableRandom random;
  private final String lock;
  private @Nullable String session;

  SimulatedScript(
      World world, String name, Network network, Map<String, SimulatedNode> nodes, Judge judge) {
    super(world, name);
    this.network = network;
    this.nodes = List.copyOf(nodes.values());
    this.judge = judge;
    this.random = world.random("script " + name);
    this.lock = SimulatedClient.lockName(0);
  }

  void start() {
    begin();
    later(random.nextLong(World.SECONDS), this::open);
    every(World.SECONDS, this::keepAlive);
  }

  private void open() {
    if (!world.chaos) {
      return;
    }
    this.<SessionShell.Created>ask(
        (node, then) -> node.sessions.create(TTL_MILLIS, then),
        created -> {
          session = created.id();
          acquire(created.id());
        },
        this::openLater);
  }

  private void openLater() {
    session = null; // Whatever it holds ends with its session.
    later(200 * World.MILLIS + random.nextLong(World.SECONDS), this::open);
  }

  private void keepAlive() {
    String mine = session;
    if (mine != null && world.chaos) {
      this.<OptionalLong>ask(
          (node, then) -> node.sessions.keepAlive(mine, then), alive -> {}, () -> {});
    }
  }

  private void acquire(String mine) {
    if (!world.chaos) {
      return;
    }
    Owner owner = new Owner(mine, HOLDER);
    long wait = random.nextInt(3) == 0 ? 0 : random.nextLong(800 * World.MILLIS);
    judge.asksAnew(lock, owner);
    this.<LockReply>ask(
        (node, then) -> node.rest.acquire(lock, owner, new LockMode.Exclusive(), wait, then),
        reply -> {
          trace("asked for " + lock + ": " + reply);
          if (reply instanceof LockReply.Granted) {
            later(random.nextLong(400 * World.MILLIS), () -> release(owner));
          } else {
            later(random.nextLong(300 * World.MILLIS), () -> acquire(mine));
          }
        },
        this::openLater);
  }

  private void release(Owner owner) {
    judge.givingUp(lock, owner);
    this.<LockReply>ask(
        (node, then) -> node.rest.release(lock, owner, then),
        reply -> {
          trace("gave back " + lock + ": " + reply);
          later(random.nextLong(100 * World.MILLIS), () -> acquire(owner.session()));
        },
        this::openLater);
  }

  private interface Request<T> {
    void run(SimulatedNode node, Consumer<Outcome<T>> then);
  }

  /** Sends a request to any node. It is not sent twice, and answered or given up once. */
  private <T> void ask(Request<T> request, Consumer<T> answered, Runnable unknown) {
    SimulatedNode node = nodes.get(random.nextInt(nodes.size()));
    int theirs = node.life();
    int mine = life();
    boolean[] over = {false};
    Consumer<Runnable> once =
        action -> {
          if (!over[0]) {
            over[0] = true;
            action.run();
          }
        };
    var _ =
        network.sendOnce(
            name,
            node.name,
            () ->
                node.run(
                    theirs,
                    () ->
                        request.run(
                            node,
                            outcome -> {
                              var _ =
                                  network.sendOnce(
                                      node.name,
                                      name,
                                      () ->
                                          run(
                                              mine,
                                              () ->
                                                  once.accept(
                                                      () -> settle(outcome, answered, unknown))));
                            })));
    later(ANSWER_NANOS, () -> once.accept(unknown));
  }

  private static <T> void settle(Outcome<T> outcome, Consumer<T> answered, Runnable unknown) {
    if (outcome instanceof Done<T>(T value)) {
      answered.accept(value);
    } else {
      unknown.run();
    }
  }
}
