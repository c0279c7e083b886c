// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.node.cleanup.CleanupFeature;
import dev.holdfast.node.cleanup.CleanupRule;
import dev.holdfast.node.cluster.ClusterFeature;
import dev.holdfast.node.cluster.Discovery;
import dev.holdfast.node.cluster.Founding;
import dev.holdfast.node.cluster.KnownAddresses;
import dev.holdfast.node.cluster.OperatorFeature;
import dev.holdfast.node.config.NodeConfig;
import dev.holdfast.node.data.DataFolder;
import dev.holdfast.node.data.Founder;
import dev.holdfast.node.data.NativeLibraries;
import dev.holdfast.node.election.ElectionFeature;
import dev.holdfast.node.event.EventFeature;
import dev.holdfast.node.event.EventHub;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.feature.OpenParts;
import dev.holdfast.node.http.CoordinatorProblems;
import dev.holdfast.node.http.HttpServer;
import dev.holdfast.node.lock.LockFeature;
import dev.holdfast.node.map.MapFeature;
import dev.holdfast.node.metrics.Metrics;
import dev.holdfast.node.metrics.OpsFeature;
import dev.holdfast.node.object.MergeRule;
import dev.holdfast.node.object.ObjectFeature;
import dev.holdfast.node.peer.ClusterSecret;
import dev.holdfast.node.peer.WebSocketPeerNetwork;
import dev.holdfast.node.plugin.PluginFeature;
import dev.holdfast.node.plugin.PluginRequiredException;
import dev.holdfast.node.plugin.UnknownPolicyException;
import dev.holdfast.node.primitive.PrimitiveFeature;
import dev.holdfast.node.repair.RepairFeature;
import dev.holdfast.node.session.SessionFeature;
import dev.holdfast.node.socket.SocketFeature;
import dev.holdfast.node.store.LocalStore;
import dev.holdfast.node.transact.Homes;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: its ground (data folder, ports, agreement), and the list of its features. They start in
 * the order of the list, and what they opened is closed in the opposite order. The package text
 * draws the walk.
 */
public final class Node implements AutoCloseable {
  /** The clock of this process: all deadlines of all parts go by it. */
  private static final LongSupplier NANOS = System::nanoTime;

  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final int INCARNATION_BYTES = 8;

  private final OpenParts parts = new OpenParts();
  private final List<Feature> features = new ArrayList<>();
  private final SecureRandom random = new SecureRandom();
  private final Ports ports = Ports.plain(random, NANOS);
  private final ReentrantLock closing = new ReentrantLock();
  private final NodeConfig config;
  private final NodeSettings settings;
  private final Consumer<Throwable> onFatal;
  private @Nullable Departure departure;

  /**
   * Starts a node, and returns when it takes requests. It may still be without a majority.
   *
   * @param distribution whose {@code plugins} folder holds the plugins that ship
   * @param onFatal told once when the process must end
   * @throws UnknownPolicyException the configuration is wrong; no cluster has heard of this node
   * @throws RuntimeException with a message for the operator; nothing is left open
   */
  public Node(NodeConfig config, Path distribution, Consumer<Throwable> onFatal)
      throws IOException, InterruptedException, PluginRequiredException, UnknownPolicyException {
    this.config = config;
    this.settings = new NodeSettings(config);
    this.onFatal = onFatal;
    boolean started = false;
    try {
      start(distribution);
      started = true;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  private void start(Path distribution)
      throws IOException, InterruptedException, PluginRequiredException, UnknownPolicyException {
    DataFolder data = parts.open(DataFolder.open(config.data(), config.id(), incarnation()));
    NativeLibraries.unpackIn(data.folder("natives"), Path.of(System.getProperty("java.io.tmpdir")));
    Metrics metrics = parts.open(new Metrics());
    PluginFeature plugins =
        add(new PluginFeature(settings.plugins(distribution), NANOS, metrics.registry(), parts));
    Backend backend = Backend.named(config, data);
    backend.requireUsable(incarnation());
    data.checkObjects(LocalStore::isLost, incarnation());

    HttpServer http = parts.open(ports.api(settings.http(), metrics));
    ClusterSecret secret = ClusterSecret.readOrCreate(config.secretFile(), random);
    WebSocketPeerNetwork peers = parts.open(ports.peer(settings.peer(secret)));
    KnownAddresses addresses = found(data, backend.name(), peers);

    NodeServices services =
        new NodeServices(
            config.id(),
            parts.open(backend.open(metrics, ports.raft(secret), onFatal)),
            peers,
            metrics,
            InstantSource.system(),
            NANOS,
            random,
            parts);
    ClusterFeature cluster = list(services, data, addresses, plugins, metrics);

    Housekeeping chores = parts.open(new Housekeeping(metrics));
    features.forEach(feature -> feature.chores().forEach(chores::run));
    features.forEach(feature -> feature.gauges(metrics));
    Doors doors = new Doors(http, new CoordinatorProblems(services.coordinator()), cluster);
    features.forEach(doors::open);
    features.forEach(Feature::start);
    http.start();
    departure = new Departure(http, features, NANOS);
    LOG.info("Node {} listens on {}, data in {}", config.id(), config.api(), data.root());
  }

  /** Finds the cluster that this node belongs to, or founds it with others. Blocks until then. */
  private KnownAddresses found(DataFolder data, String coordinator, WebSocketPeerNetwork peers)
      throws IOException, InterruptedException {
    Discovery discovery = settings.discovery(NANOS);
    Founder self = new Founder(config.id(), data.incarnation(), config.raftAddress().toString());
    Founding founding =
        new Founding(peers, data, self, coordinator, config.found(), config.join(), discovery);
    peers.start();
    founding.resolve();
    return new KnownAddresses(config.id(), config.join(), config.found(), data, discovery);
  }

  /** All features, each after those that it needs. Plugins are the first, and need no agreement. */
  private ClusterFeature list(
      NodeServices services,
      DataFolder data,
      KnownAddresses addresses,
      PluginFeature plugins,
      Metrics metrics) {
    LocalStore store = ObjectFeature.openStore(services, data, onFatal);
    EventHub events = new EventHub(config.id(), stamp(), services.clock());
    ClusterFeature cluster =
        add(
            new ClusterFeature(
                services,
                new ClusterFeature.Setup(
                    settings.row(data, ports.sockets().scheme()),
                    data,
                    config.membership(),
                    addresses,
                    ObjectFeature.copies(store),
                    events,
                    () -> removed(data))));
    Homes homes = new Homes(cluster.directory(), services.coordinator(), cluster::unhealthy);

    LockFeature locks =
        add(new LockFeature(services, cluster.directory(), homes, config.coordination().locks()));
    SessionFeature sessions =
        add(new SessionFeature(services, homes, config.coordination().sessionsPerNode()));
    MapFeature maps =
        add(
            new MapFeature(
                services, locks.fences(), homes, config.mapStateBytesMax(), cluster::hasState));
    PrimitiveFeature primitives = add(new PrimitiveFeature(services, homes, settings.primitives()));
    ElectionFeature elections = add(new ElectionFeature(services, homes));
    add(new EventFeature(events));
    add(
        new SocketFeature(
            services,
            cluster.directory(),
            homes,
            new SocketFeature.Reached(sessions, locks, maps, primitives, elections, events),
            settings.socketMemory()));

    ObjectFeature objects =
        add(
            new ObjectFeature(
                services,
                new ObjectFeature.Setup(
                    cluster.directory(),
                    store,
                    cluster::hasState,
                    locks.fences(),
                    plugins.placement().name(),
                    plugins.placement().policy(),
                    settings.objects(),
                    new ConflictEvents(events),
                    mergeRules(plugins))));
    RepairFeature repair =
        add(
            new RepairFeature(
                services,
                new RepairFeature.Setup(
                    cluster.directory(),
                    store,
                    objects.mover(),
                    plugins.placement().name(),
                    plugins.placement().policy(),
                    config.copies(),
                    config.repair(),
                    cluster::hasState)));
    add(
        new CleanupFeature(
            services,
            new CleanupFeature.Setup(
                cluster.directory(),
                store,
                objects.reaper(),
                objects.remover(),
                repair.proof(),
                plugins.cleanup().map(policy -> new CleanupRule(policy.name(), policy)),
                config.cleanup(),
                config.removals(),
                cluster::hasState)));
    add(new OperatorFeature(services, cluster, data, objects::drain, this::warnings));
    add(
        new OpsFeature(
            metrics,
            data.root(),
            features.stream().flatMap(feature -> feature.readiness().stream()).toList()));
    return cluster;
  }

  private static List<MergeRule> mergeRules(PluginFeature plugins) {
    return plugins.merges().stream()
        .map(policy -> new MergeRule(policy.name(), policy.contentTypes(), policy::merge))
        .toList();
  }

  private <T extends Feature> T add(T feature) {
    features.add(feature);
    return feature;
  }

  private String incarnation() {
    byte[] incarnation = new byte[INCARNATION_BYTES];
    random.nextBytes(incarnation);
    return HexFormat.of().formatHex(incarnation);
  }

  /** Unlike that of any other start of any node, so that nobody resumes events of another one. */
  private String stamp() {
    return Long.toString(random.nextLong() >>> 1, Character.MAX_RADIX);
  }

  private List<String> warnings() {
    List<String> all = new ArrayList<>(config.warnings());
    features.forEach(feature -> all.addAll(feature.warnings()));
    return all;
  }

  private void removed(DataFolder data) {
    data.markRemoved();
    onFatal.accept(new NodeRemovedException(config.id(), data.root()));
  }

  /**
   * Stops working in order, ends the lease, and closes all; goes on when a part fails to close. A
   * second call waits for the first.
   */
  @Override
  public void close() {
    closing.lock();
    try {
      if (departure != null) {
        departure.run();
        departure = null;
      }
      parts.close();
    } finally {
      closing.unlock();
    }
  }
}
