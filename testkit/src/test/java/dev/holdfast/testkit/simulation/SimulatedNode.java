// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.Keys;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.placement.Rendezvous;
import dev.holdfast.testkit.simulation.Outcome.Done;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A node: its parts, wired as the real one wires them, and its way to the other nodes. */
final class SimulatedNode extends Program {
  private static final long ADOPT_NANOS = World.SECONDS;
  private static final long ENDED_NANOS = 2 * World.SECONDS;
  private static final long SWEEP_NANOS = 2 * World.SECONDS;

  final NodeAgreement agreement;
  final Rules rules;
  final Judge judge;
  final SplittableRandom random;
  private final Network network;
  private final Map<String, SimulatedNode> cluster;
  private final Map<EntryKey, List<Consumer<Observation>>> interests = new TreeMap<>();
  private final List<Conversation> conversations = new ArrayList<>();
  private final Map<String, String> homesKnown = new TreeMap<>();
  private Set<String> healthy;

  // Of this life.
  SessionShell sessions;
  LockShell locks;
  EndedShell ended;
  RestShell rest;

  SimulatedNode(
      World world,
      String name,
      Network network,
      Agreement agreed,
      Rules rules,
      Judge judge,
      Map<String, SimulatedNode> cluster) {
    super(world, name);
    this.network = network;
    this.rules = rules;
    this.judge = judge;
    this.cluster = cluster;
    this.random = world.random("node " + name);
    this.agreement = new NodeAgreement(this, network, agreed, rules);
    this.healthy = new TreeSet<>(Set.of(name));
    this.sessions = new SessionShell(this);
    this.locks = new LockShell(this);
    this.ended = new EndedShell(this);
    this.rest = new RestShell(this);
  }

  void start() {
    trace("starts");
    begin();
    interests.clear();
    conversations.clear();
    sessions = new SessionShell(this);
    locks = new LockShell(this);
    ended = new EndedShell(this);
    rest = new RestShell(this);
    agreement.start(
        new NodeAgreement.Listener() {
          @Override
          public void changed(List<Observation> observations) {
            observations.forEach(SimulatedNode.this::tell);
          }

          @Override
          public void resync() {
            interests.keySet().stream()
                .toList()
                .forEach(key -> tellInterested(agreement.readLocal(key)));
            sessions.resync();
            ended.resync();
          }
        });
    every(ADOPT_NANOS, sessions::adoptOrphans);
    every(ENDED_NANOS, ended::secondLook);
    every(SWEEP_NANOS, locks::sweep);
  }

  /** As {@code kill -9}: connections break, and the disk stays. */
  void crash() {
    trace("killed");
    List<Conversation> open = List.copyOf(conversations);
    kill();
    open.forEach(Conversation::broken);
  }

  private void tell(Observation observation) {
    tellInterested(observation);
    if (observation.key().startsWith(Keys.SESSIONS)) {
      sessions.see(observation);
    } else if (observation.key().startsWith(Keys.ENDED)) {
      ended.see(observation);
    }
  }

  private void tellInterested(Observation observation) {
    List<Consumer<Observation>> interested = interests.get(observation.key());
    if (interested != null) {
      List.copyOf(interested).forEach(each -> each.accept(observation));
    }
  }

  /** As {@code EntryBoard.follow}; run what is returned to end it. */
  Runnable follow(EntryKey key, Consumer<Observation> listener) {
    interests.computeIfAbsent(key, same -> new ArrayList<>()).add(listener);
    return () -> {
      List<Consumer<Observation>> list = interests.get(key);
      if (list != null && list.remove(listener) && list.isEmpty()) {
        interests.remove(key);
      }
    };
  }

  // ---- Threads ----

  /** The next step of a thread: others may run in between. */
  void step(Runnable action) {
    boolean slow = world.strikes(Fault.SLOW_THREADS) && world.options.happens(random, 60);
    later(slow ? random.nextLong(4 * World.SECONDS) : random.nextLong(100_000), action);
  }

  // ---- Homes ----

  void healthy(Set<String> nodes) {
    healthy = new TreeSet<>(nodes);
    homesKnown.clear();
  }

  String homeOf(EntryKey key) {
    return homesKnown.computeIfAbsent(
        key.value(), name -> Rendezvous.rank(name, healthy).getFirst());
  }

  boolean isHome(EntryKey key) {
    return homeOf(key).equals(name);
  }

  // ---- Peers ----

  /** What a call to another node may end with instead of an answer. */
  enum Silence {
    /** Never sent. */
    UNREACHABLE,
    /** Sent, and no answer in time. */
    UNANSWERED
  }

  /**
   * Calls another node.
   *
   * @param repeatable whether the network may deliver it twice. Peer calls are not repeated by
   *     anything below them, and what is refused leaves no trace that would stop a repetition
   * @param serve runs there, and hands its answer on; never for no answer
   */
  <T> void call(
      String peer,
      long timeoutNanos,
      boolean repeatable,
      BiConsumer<SimulatedNode, Consumer<T>> serve,
      BiConsumer<@Nullable T, @Nullable Silence> then) {
    SimulatedNode other = peer(peer);
    if (network.isCut(name, peer) && random.nextBoolean()) {
      step(() -> then.accept(null, Silence.UNREACHABLE));
      return;
    }
    int mine = life();
    int theirs = other.life();
    boolean[] settled = {false};
    Runnable arrival =
        () ->
            other.run(
                theirs,
                () ->
                    serve.accept(
                        other,
                        answer ->
                            network.send(
                                peer,
                                name,
                                () ->
                                    run(
                                        mine,
                                        () -> once(settled, () -> then.accept(answer, null))))));
    if (repeatable) {
      network.send(name, peer, arrival);
    } else {
      var _ = network.sendOnce(name, peer, arrival);
    }
    later(timeoutNanos, () -> once(settled, () -> then.accept(null, Silence.UNANSWERED)));
  }

  private static void once(boolean[] settled, Runnable action) {
    if (!settled[0]) {
      settled[0] = true;
      action.run();
    }
  }

  private SimulatedNode peer(String peer) {
    SimulatedNode other = cluster.get(peer);
    if (other == null) {
      throw new IllegalStateException("no node " + peer);
    }
    return other;
  }

  // ---- Clients ----

  Conversation converse(Conversation.Channel channel) {
    Conversation begun = new Conversation(this, channel);
    conversations.add(begun);
    return begun;
  }

  void closed(Conversation conversation) {
    conversations.remove(conversation);
  }

  /**
   * Writes a register under a fence, as a REST request does: the condition is the claim's version.
   *
   * @param text what is written
   */
  void fencedWrite(String lock, long token, String text) {
    FencedWrite.run(this, lock, token, Bytes.utf8(text));
  }

  static <A, B> Outcome<B> map(Outcome<A> outcome, Function<A, B> mapping) {
    return switch (outcome) {
      case Done<A>(A value) -> new Done<>(mapping.apply(value));
      case Outcome.Failed<A>(Outcome.Problem problem) -> new Outcome.Failed<>(problem);
    };
  }
}
