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
import java.util.concurrent.atomic.AtomicBoolean;

/** The lock, session and map half of a node, on the in-memory coordinator. */
public final class InProcessNode implements AutoCloseable {
  public static final long MAP_STATE_BYTES_MAX = 256 << 10;

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

  /** Whether the store of this node is another one than the cluster knows. */
  public final FakeCopies copies = new FakeCopies();

  public static final class FakeCopies implements Membership.Copies {
    public final AtomicBoolean areNew = new AtomicBoolean();

    @Override
    public boolean areNew() {
      return areNew.get();
    }

    @Override
    public void announced() {
      areNew.set(false);
    }
  }

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
        new Membership(
            row, coordinator, peers, places, Set::of, Optional.empty(), copies, () -> {});
    homes = new Homes(cluster, coordinator, Set::of);
    gateway = new LockGateway(coordinator, peers, homes, id, Meter.NONE);
    claims = new EntryBoard(coordinator, Keys.CLAIMS);
    locks = new LockService(coordinator, gateway, claims);
    var commands = new Transactor<>(new SessionTransition(), coordinator, Meter.NONE);
    hosts = new SessionHosts(coordinator, commands, System::nanoTime);
    sessions =
        new SessionService(
            coordinator, peers, homes, id, commands, hosts, System::nanoTime, new Random(7));
    fences = new LockFences(coordinator);
    mapBoard = new MapBoard(coordinator);
    maps = new MapService(coordinator, mapBoard, MAP_STATE_BYTES_MAX);
    primitives = new Primitives(coordinator, peers, homes, id, Meter.NONE);
    ended = new EndedSessions(coordinator, gateway, homes, System::nanoTime);
    membership.start();
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
    hosts.close();
    claims.close();
    membership.close();
    cluster.close();
    coordinator.close();
  }
}
