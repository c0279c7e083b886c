package dev.holdfast.node.socket;

import dev.holdfast.core.Keys;
import dev.holdfast.node.cluster.ClusterDirectory;
import dev.holdfast.node.election.ElectionService;
import dev.holdfast.node.election.LeaderBoard;
import dev.holdfast.node.event.EventHub;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.http.CoordinatorProblems;
import dev.holdfast.node.http.HandshakeProblemCodes;
import dev.holdfast.node.http.HttpServer;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemCode;
import dev.holdfast.node.http.WebSocketChannelHandle;
import dev.holdfast.node.http.WebSocketSession;
import dev.holdfast.node.lock.LockGateway;
import dev.holdfast.node.map.MapService;
import dev.holdfast.node.primitive.Primitives;
import dev.holdfast.node.session.SessionService;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
  private static final Duration PAUSE = Duration.ofMillis(2);

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
  final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("session-socket-timer").daemon().factory());

  /**
   * @param claims of all locks: what a connection waits for and holds
   */
  public record Locks(LockGateway gateway, EntryBoard claims) {}

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
      ElectionService elections) {
    this.coordinator = coordinator;
    this.cluster = cluster;
    this.events = events;
    this.sessions = sessions;
    this.locks = locks;
    this.maps = maps;
    this.primitives = primitives;
    this.elections = elections;
    this.sessionEntries = new EntryBoard(coordinator, Keys.SESSIONS);
    this.leaders = new LeaderBoard(coordinator);
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

  private void lookForLeader() {
    try {
      leaderNews.look();
    } catch (RuntimeException e) {
      LOG.warn("The clients were not told of the leader, once more in {}", LEADER_LOOK, e);
    }
  }

  /**
   * @param admission throws a problem while nobody may connect
   */
  public void register(HttpServer server, Runnable admission) {
    List<String> subprotocols =
        Stream.of(FrameCodec.values()).map(FrameCodec::subprotocol).toList();
    server.webSocket(OPEN, subprotocols, admission, this::open);
  }

  private WebSocketSession open(WebSocketChannelHandle channel) {
    FrameCodec codec = FrameCodec.forSubprotocol(channel.subprotocol()).orElseThrow();
    return new Conversation(this, new FrameChannel(channel, codec));
  }

  /**
   * A node that lags must not speak about what it has not heard of yet (R19).
   *
   * @return what is applied here then
   */
  long awaitApplied(EntryKey key, long revision) {
    long deadline = System.nanoTime() + CATCH_UP.toNanos();
    while (true) {
      long applied = coordinator.readLocal(key).observation().revision();
      if (applied >= revision) {
        return applied;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new UnavailableException("This node has not applied revision " + revision + " yet");
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    leaders.close();
    sessionEntries.close();
  }
}
