// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.client.Hold;
import dev.holdfast.client.HoldState;
import dev.holdfast.client.SimulatedSession;
import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A program with a session of the real client: asks for locks, works under them, gives them back,
 * changes its mind, closes its session and opens another one.
 */
final class SimulatedClient extends Program {
  private static final int OPEN_MAX = 3;
  private static final int CROWD = 90;
  private static final int[] TTL_MILLIS = {1_000, 1_500, 2_000, 3_000, 5_000};

  private final Network network;
  private final Map<String, SimulatedNode> nodes;
  private final Rules rules;
  private final Judge judge;
  private final SplittableRandom random;
  private final boolean crowd;
  private final List<Hold> open = new ArrayList<>();
  private AtomicLong seen = new AtomicLong();
  private @Nullable SimulatedSession session;
  private @Nullable Dialled connection;
  private boolean closing;
  private long wallOffsetNanos;

  SimulatedClient(
      World world,
      String name,
      Network network,
      Map<String, SimulatedNode> nodes,
      Rules rules,
      Judge judge,
      boolean crowd) {
    super(world, name);
    this.network = network;
    this.nodes = nodes;
    this.rules = rules;
    this.judge = judge;
    this.crowd = crowd;
    this.random = world.random("client " + name);
  }

  // ---- The program ----

  void start() {
    begin();
    seen = new AtomicLong();
    later(random.nextLong(500 * World.MILLIS), this::work);
  }

  private void openSession() {
    if (!world.chaos) {
      return;
    }
    open.clear();
    closing = false;
    trace("opens a session");
    long seed = random.nextLong();
    Duration ttl = Duration.ofMillis(TTL_MILLIS[random.nextInt(TTL_MILLIS.length)]);
    List<String> order = new ArrayList<>(nodes.keySet());
    java.util.Collections.rotate(order, random.nextInt(order.size()));
    SimulatedSession begun =
        new SimulatedSession(
            order, this::dial, this::schedule, this::nanos, new Random(seed), seen, ttl);
    session = begun;
    begun.open();
    if (crowd) {
      later(World.SECONDS, () -> requestMany(begun));
    }
  }

  private void requestMany(SimulatedSession mine) {
    for (int i = 0; i < CROWD && mine == session && mine.isAlive(); i++) {
      request(mine, lockName(0), LockMode.EXCLUSIVE, null);
    }
  }

  private void work() {
    SimulatedSession mine = session;
    if (mine == null || mine.state().isFinal()) {
      openSession();
    } else if (!world.chaos) {
      if (open.isEmpty() && !closing) {
        closing = true;
        trace("closes its session");
        mine.close();
      }
    } else if (mine.isAlive() && !closing) {
      if (random.nextInt(40) == 0) {
        closing = true;
        trace("closes its session");
        mine.close();
      } else if (open.size() < OPEN_MAX) {
        requestSomething(mine);
      }
    }
    later(20 * World.MILLIS + random.nextLong(400 * World.MILLIS), this::work);
  }

  private void requestSomething(SimulatedSession mine) {
    int number = random.nextInt(world.options.locks());
    LockMode mode =
        switch (number % 3) {
          case 1 -> random.nextInt(3) == 0 ? LockMode.EXCLUSIVE : LockMode.SHARED;
          case 2 -> LockMode.permits(1 + random.nextInt(3), 3);
          default -> LockMode.EXCLUSIVE;
        };
    int kind = random.nextInt(10);
    Duration wait =
        kind < 5 ? null : kind < 8 ? Duration.ofMillis(50 + random.nextInt(1_500)) : Duration.ZERO;
    request(mine, lockName(number), mode, wait);
  }

  static String lockName(int number) {
    return "lock/" + number;
  }

  private void request(SimulatedSession mine, String lock, LockMode mode, @Nullable Duration wait) {
    Hold hold = mine.request(lock, mode, wait);
    trace("asks for " + lock + " " + mode + " as " + hold.holder());
    open.add(hold);
    judge.requested(this, mine, hold);
    hold.onChange(state -> later(0, () -> changed(hold)));
    if (random.nextInt(8) == 0) {
      later(random.nextLong(World.SECONDS), () -> release(hold));
    }
  }

  private void changed(Hold hold) {
    HoldState state = SimulatedSession.stateOf(hold);
    trace(hold.holder() + " is " + state + " " + SimulatedSession.tokenOf(hold));
    if (state.isFinal()) {
      open.remove(hold);
    } else if (state == HoldState.HELD && hold.isHeld()) {
      judge.believes(hold);
      workUnder(hold);
    }
  }

  private void workUnder(Hold hold) {
    long length =
        random.nextInt(6) == 0 && world.chaos
            ? random.nextLong(3 * World.SECONDS)
            : random.nextLong((crowd ? 20 : 300) * World.MILLIS);
    later(length, () -> release(hold));
    if (hold.lock().equals(lockName(0)) && !crowd) {
      int writes = random.nextInt(3);
      for (int i = 0; i < writes; i++) {
        later(random.nextLong(length + World.SECONDS), () -> write(hold));
      }
    }
  }

  private void release(Hold hold) {
    if (!SimulatedSession.stateOf(hold).isFinal()) {
      trace("gives back " + hold.holder());
      hold.release();
    }
  }

  /** A request of its own, which may be under way for long. The fence is what protects. */
  private void write(Hold hold) {
    String text = hold.token() + ";" + name + "." + random.nextLong();
    List<String> names = List.copyOf(nodes.keySet());
    String to = names.get(random.nextInt(names.size()));
    SimulatedNode node = node(to);
    world.after(
        network.delay(),
        () -> {
          if (!network.isCut(name, to)) {
            node.run(node.life(), () -> node.fencedWrite(hold.lock(), hold.token(), text));
          }
        });
  }

  /** Nothing is open, and the last session is over. */
  boolean isDone() {
    return !isUp() || session == null || session.state().isFinal();
  }

  String standing() {
    SimulatedSession mine = session;
    return name
        + (mine == null
            ? " has no session"
            : " has session " + mine.id() + " " + mine.state() + ", open: " + open);
  }

  /** The process is killed; another one takes its place. */
  void die() {
    trace("killed");
    Dialled last = connection;
    kill();
    judge.died(this, life());
    session = null;
    open.clear();
    if (last != null) {
      last.abandon();
    }
    world.after(
        random.nextLong(2 * World.SECONDS),
        () -> {
          if (!isUp()) {
            start();
          }
        });
  }

  boolean isClosing(SimulatedSession mine) {
    return mine != session || closing;
  }

  // ---- What the client library sees ----

  private long nanos() {
    return rules.clientNanos(clock.nanos(), clock.nanos() + wallOffsetNanos);
  }

  void jumpWallClock(long nanos) {
    trace("wall clock jumps by " + nanos / World.MILLIS + " ms");
    wallOffsetNanos += nanos;
  }

  private Runnable schedule(long delayNanos, Runnable action) {
    boolean[] cancelled = {false};
    later(
        delayNanos,
        () -> {
          if (!cancelled[0]) {
            action.run();
          }
        });
    return () -> cancelled[0] = true;
  }

  private SimulatedNode node(String node) {
    SimulatedNode found = nodes.get(node);
    if (found == null) {
      throw new IllegalStateException("no node " + node);
    }
    return found;
  }

  private void dial(String to, SimulatedSession.Ear ear) {
    connection = new Dialled(node(to), ear);
    connection.dial();
  }

  void breakConnection() {
    Dialled live = connection;
    if (live != null) {
      trace("connection breaks");
      live.breakOff();
    }
  }

  /** One connection, from the first packet on. */
  private final class Dialled implements SimulatedSession.Line, Conversation.Channel {
    private final SimulatedNode node;
    private final SimulatedSession.Ear ear;
    private final Pipe out;
    private final Pipe in;
    private final int mine = life();
    private int theirs;
    private @Nullable Conversation conversation;
    private boolean over;

    Dialled(SimulatedNode node, SimulatedSession.Ear ear) {
      this.node = node;
      this.ear = ear;
      this.out = new Pipe(world, network, name, node.name);
      this.in = new Pipe(world, network, node.name, name);
    }

    void dial() {
      out.send(() -> {
        theirs = node.life();
        if (!node.isUp()) {
          in.send(() -> run(mine, () -> ear.refused("refused")));
          return;
        }
        node.run(
            theirs,
            () -> {
              conversation = node.converse(this);
              in.send(() -> run(mine, () -> ear.opened(this)));
            });
      });
    }

    @Override
    public void send(byte[] frame) {
      out.send(() ->
          node.run(
              theirs,
              () -> {
                Conversation live = conversation;
                if (live != null) {
                  live.read(frame);
                }
              }));
    }

    @Override
    public void close() {
      abandon();
    }

    /** What was sent may still arrive, long after. */
    void abandon() {
      if (!over) {
        over = true;
        if (random.nextBoolean()) {
          out.drop();
        }
        out.send(() ->
            node.run(
                theirs,
                () -> {
                  Conversation live = conversation;
                  if (live != null) {
                    live.closed();
                  }
                }));
      }
    }

    void breakOff() {
      if (!over) {
        abandon();
        in.drop();
        in.send(() -> run(mine, () -> ear.broken("broken")));
      }
    }

    @Override
    public void send(ServerFrame frame) {
      in.send(() ->
          run(
              mine,
              () -> {
                if (!over) {
                  SimulatedSession before = session;
                  ear.heard(frame);
                  if (before != null) {
                    judge.heard(SimulatedClient.this, before);
                  }
                }
              }));
    }

    @Override
    public void broken() {
      if (!over) {
        over = true;
        in.drop();
        in.send(() -> run(mine, () -> ear.broken("the node is gone")));
      }
    }
  }
}
