package dev.holdfast.node;

import dev.holdfast.core.Keys;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.node.cluster.ClusterDirectory;
import dev.holdfast.node.cluster.Membership;
import dev.holdfast.node.cluster.Places;
import dev.holdfast.node.cluster.SelfRow;
import dev.holdfast.node.fence.LockFences;
import dev.holdfast.node.lock.EndedSessions;
import dev.holdfast.node.lock.LockGateway;
import dev.holdfast.node.lock.LockService;
import dev.holdfast.node.map.MapBoard;
import dev.holdfast.node.map.MapService;
import dev.holdfast.node.primitive.Primitives;
import dev.holdfast.node.session.SessionHosts;
import dev.holdfast.node.session.SessionService;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.node.transact.EntryLimit;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.node.transact.Transactor;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Voters;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The lock, session and map half of a node, on the in-memory coordinator. */
public final class InProcessNode implements AutoCloseable {
  public static final long MAP_STATE_BYTES_MAX = 256 << 10;
  public static final int SESSIONS_MAX = 5_000;
  public static final int LOCKS_MAX = 5_000;
  public static final int PRIMITIVES_MAX = 100;

  public final String id;
  public final Coordinator coordinator;
  public final FakePeers peers;
  public final ClusterDirectory cluster;
  public final Places places;
  public final Membership membership;
  public final Homes homes;
  public final LockGateway gateway;
  public final LockService locks;
  public final SessionHosts hosts;
  public final SessionService sessions;
  public final EndedSessions ended;
  public final MapBoard mapBoard;
  public final MapService maps;
  public final LockFences fences;
  public final Primitives primitives;
  private final EntryBoard claims;

  private InProcessNode(String id, InMemoryCluster memory, Map<String, FakePeers> all) {
    this.id = id;
    coordinator = memory.open(id);
    peers = new FakePeers(id, all);
    cluster = new ClusterDirectory(id, coordinator);
    SelfRow row = new SelfRow(id, "i-" + id, id + ":1", id + ":2", id + ":3", Map.of(), 1);
    // Admitted before, as a founder is.
    coordinator
        .voters()
        .orElseThrow()
        .add(new Voters.Member(id, row.incarnation(), row.raft(), true), Duration.ZERO);
    places = new Places("in-process", row, coordinator, cluster, peers);
    membership =
        new Membership(row, coordinator, peers, places, Set::of, Optional.empty(), () -> {});
    homes = new Homes(cluster, coordinator, Set::of);
    gateway = new LockGateway(coordinator, peers, homes, id, Meter.NONE);
    claims = new EntryBoard(coordinator, Keys.CLAIMS, Meter.NONE);
    locks = new LockService(coordinator, gateway, claims, limit(Keys.LOCKS, LOCKS_MAX));
    var commands = new Transactor<>(new SessionTransition(), coordinator, Meter.NONE);
    hosts = new SessionHosts(coordinator, commands, System::nanoTime);
    sessions =
        new SessionService(
            coordinator,
            peers,
            homes,
            id,
            commands,
            hosts,
            System::nanoTime,
            new Random(7),
            SESSIONS_MAX);
    fences = new LockFences(coordinator);
    mapBoard = new MapBoard(coordinator, new Random(7), Meter.NONE);
    maps = new MapService(coordinator, mapBoard, MAP_STATE_BYTES_MAX);
    primitives =
        new Primitives(
            coordinator,
            peers,
            homes,
            id,
            new Primitives.Limits(
                limit(Keys.COUNTERS, PRIMITIVES_MAX),
                limit(Keys.LATCHES, PRIMITIVES_MAX),
                limit(Keys.BARRIERS, PRIMITIVES_MAX)),
            Meter.NONE);
    ended = new EndedSessions(coordinator, gateway, homes, System::nanoTime);
    membership.start();
  }

  private EntryLimit limit(String prefix, long most) {
    return new EntryLimit(coordinator, prefix, prefix + "max", most, new Random(7));
  }

  /** Nodes n1 to nN; returns when each sees all of them as healthy. */
  public static Map<String, InProcessNode> start(int count, InMemoryCluster memory) {
    Map<String, FakePeers> all = new ConcurrentHashMap<>();
    Map<String, InProcessNode> nodes = new TreeMap<>();
    for (int i = 1; i <= count; i++) {
      nodes.put("n" + i, new InProcessNode("n" + i, memory, all));
    }
    nodes
        .values()
        .forEach(node ->
            Await.until(
                Duration.ofSeconds(20),
                node.id + " sees all nodes",
                () -> node.cluster.healthy().equals(nodes.keySet())));
    return new LinkedHashMap<>(nodes);
  }

  @Override
  public void close() {
    primitives.close();
    mapBoard.close();
    ended.close();
    sessions.close();
    hosts.close();
    claims.close();
    membership.close();
    cluster.close();
    coordinator.close();
  }
}
