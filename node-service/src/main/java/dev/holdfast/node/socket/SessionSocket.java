// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.core.Keys;
import dev.holdfast.node.cluster.ClusterDirectory;
import dev.holdfast.node.election.ElectionService;
import dev.holdfast.node.election.LeaderBoard;
import dev.holdfast.node.event.EventHub;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.http.CoordinatorProblems;
import dev.holdfast.node.http.HandshakeProblemCodes;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemCode;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.SocketDoor;
import dev.holdfast.node.http.SocketMemory;
import dev.holdfast.node.http.WebSocketChannelHandle;
import dev.holdfast.node.http.WebSocketSession;
import dev.holdfast.node.lock.LockService;
import dev.holdfast.node.map.MapService;
import dev.holdfast.node.primitive.Primitives;
import dev.holdfast.node.session.SessionService;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.node.websocket.CloseCode;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens a {@link Conversation} for each client that connects to {@code /v1/session}. */
public final class SessionSocket implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SessionSocket.class);

  public static final String PATH = "/v1/session";

  /** The frames that follow are in docs/reference/protocol.md. */
  public static final Operation OPEN =
      Operation.external(
              "openSocket",
              "GET",
              PATH,
              Operation.Scope.NONE,
              "A WebSocket for sessions, locks, maps, primitives and events.")
          .header("Sec-WebSocket-Protocol", "holdfast.v1.json or holdfast.v1.cbor.")
          .answers(101)
          .refuses(
              HandshakeProblemCodes.UPGRADE_REQUIRED,
              HandshakeProblemCodes.BAD_HANDSHAKE,
              HandshakeProblemCodes.NO_SUBPROTOCOL)
          .refuses(SocketProblemCodes.ALL.toArray(ProblemCode[]::new));

  private static final Duration CATCH_UP = Duration.ofSeconds(5);

  /** Looked for, since no backend tells all of it: also a leader that is lost, or has moved. */
  private static final Duration LEADER_LOOK = Duration.ofMillis(250);

  final Coordinator coordinator;
  final ClusterDirectory cluster;
  final EventHub events;
  final SessionService sessions;
  final Locks locks;
  final Maps maps;
  final Primitives primitives;
  final ElectionService elections;
  final CoordinatorProblems problems;
  final LeaderNews leaderNews;

  /** Tells the connections which sessions have ended. */
  final EntryBoard sessionEntries;

  /** Tells the connections who leads now. */
  final LeaderBoard leaders;

  /** Ends waits; each end is committed on a virtual thread. */
  final ScheduledExecutorService timer = timer();

  private final SocketMemory memory;
  private final LongSupplier nanos;
  private final Set<FrameChannel> open = ConcurrentHashMap.newKeySet();
  private volatile boolean leaving;

  /**
   * @param claims of all locks: what a connection waits for and holds
   */
  public record Locks(LockService service, EntryBoard claims) {}

  /**
   * @param fences of writes that name one
   */
  public record Maps(MapService service, Fences fences) {}

  /** Follows sessions and elections until its close. */
  public SessionSocket(
      Coordinator coordinator,
      ClusterDirectory cluster,
      Homes homes,
      EventHub events,
      SessionService sessions,
      Locks locks,
      Maps maps,
      Primitives primitives,
      ElectionService elections,
      SocketMemory memory,
      Meter meter,
      LongSupplier nanos) {
    this.coordinator = coordinator;
    this.cluster = cluster;
    this.events = events;
    this.sessions = sessions;
    this.locks = locks;
    this.maps = maps;
    this.primitives = primitives;
    this.elections = elections;
    this.memory = memory;
    this.nanos = nanos;
    this.sessionEntries = new EntryBoard(coordinator, Keys.SESSIONS, meter);
    this.leaders = new LeaderBoard(coordinator, meter);
    this.problems = new CoordinatorProblems(coordinator);
    this.leaderNews = new LeaderNews(() -> leaderAt(homes, cluster));
    var _ =
        timer.scheduleWithFixedDelay(
            this::lookForLeader,
            LEADER_LOOK.toMillis(),
            LEADER_LOOK.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private static ServerFrame.LeaderAt leaderAt(Homes homes, ClusterDirectory cluster) {
    return homes
        .leader()
        .flatMap(cluster::member)
        .map(member -> new ServerFrame.LeaderAt(member.id(), member.apiUrl()))
        .orElse(new ServerFrame.LeaderAt("", ""));
  }

  /** A wait that ended early leaves no timer behind. */
  private static ScheduledExecutorService timer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("session-socket-timer").daemon().factory());
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  private void lookForLeader() {
    try {
      leaderNews.look();
    } catch (RuntimeException | Error e) { // What is thrown here would end all later looks.
      LOG.warn("The clients were not told of the leader, once more in {}", LEADER_LOOK, e);
    }
  }

  /** Where clients come in. */
  SocketDoor door() {
    List<String> subprotocols =
        Stream.of(FrameCodec.values()).map(FrameCodec::subprotocol).toList();
    return new SocketDoor(OPEN, subprotocols, memory, this::open);
  }

  WebSocketSession open(WebSocketChannelHandle handle) {
    FrameCodec codec = FrameCodec.forSubprotocol(handle.subprotocol()).orElseThrow();
    FrameChannel channel = new FrameChannel(handle, codec, nanos);
    open.add(channel);
    if (leaving) {
      sendAway(channel); // It came in while the others were sent away.
    }
    return new Conversation(this, channel);
  }

  void closed(FrameChannel channel) {
    open.remove(channel);
  }

  /** Connections that are open. */
  public int connections() {
    return open.size();
  }

  /** What all connections together follow: sessions, and elections and groups. */
  public long followed() {
    return sessionEntries.count() + leaders.count();
  }

  /**
   * Closes all connections with 1001: their clients go on at another node, with their sessions, and
   * ask again there for what was not answered here.
   */
  public void sendAllAway() {
    leaving = true;
    open.forEach(SessionSocket::sendAway);
  }

  private static void sendAway(FrameChannel channel) {
    channel.close(CloseCode.GOING_AWAY, "this node is stopping");
  }

  /**
   * A node that lags must not speak about what it has not heard of yet (R19). An agreed-on read
   * brings this node up to date, and shows how far the cluster is: a later revision than that was
   * never told to anybody.
   *
   * @return what is applied here then
   * @throws ProblemException when there is no such revision yet
   */
  long awaitApplied(EntryKey key, long revision) {
    long applied = coordinator.readLocal(key).observation().revision();
    if (applied >= revision) {
      return applied;
    }
    long agreed = coordinator.read(key, CATCH_UP).revision();
    if (agreed < revision) {
      throw new ProblemException(
          400,
          "INVALID_VALUE",
          "Revision " + revision + " was not seen: the cluster is at " + agreed,
          "Send the newest revision that a node of this cluster has told.");
    }
    applied = coordinator.readLocal(key).observation().revision();
    if (applied < revision) {
      throw new UnavailableException("This node has not applied revision " + revision + " yet");
    }
    return applied;
  }

  @Override
  public void close() {
    sendAllAway();
    timer.shutdownNow();
    leaders.close();
    sessionEntries.close();
  }
}
