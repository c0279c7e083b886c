// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.core.Keys;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.node.cluster.AwaitedImport;
import dev.holdfast.node.cluster.ClusterDirectory;
import dev.holdfast.node.cluster.ClusterNews;
import dev.holdfast.node.cluster.ClusterRoutes;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.cluster.Discovery;
import dev.holdfast.node.cluster.Founding;
import dev.holdfast.node.cluster.ImportProblems;
import dev.holdfast.node.cluster.Membership;
import dev.holdfast.node.cluster.NodeStats;
import dev.holdfast.node.cluster.PeerAddresses;
import dev.holdfast.node.cluster.PeerHealth;
import dev.holdfast.node.cluster.Removal;
import dev.holdfast.node.cluster.SelfRow;
import dev.holdfast.node.cluster.StateRoutes;
import dev.holdfast.node.cluster.StateTransfer;
import dev.holdfast.node.cluster.VoterSeats;
import dev.holdfast.node.config.CoordinationLimits;
import dev.holdfast.node.config.NodeConfig;
import dev.holdfast.node.data.DataFolder;
import dev.holdfast.node.data.Founder;
import dev.holdfast.node.data.NativeLibraries;
import dev.holdfast.node.election.ElectionRoutes;
import dev.holdfast.node.election.ElectionService;
import dev.holdfast.node.election.ProclamationSweeper;
import dev.holdfast.node.event.EventHub;
import dev.holdfast.node.event.EventRoutes;
import dev.holdfast.node.fence.LockFences;
import dev.holdfast.node.http.CoordinatorProblems;
import dev.holdfast.node.http.HostNames;
import dev.holdfast.node.http.HttpServer;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.SocketMemory;
import dev.holdfast.node.lock.EndedSessions;
import dev.holdfast.node.lock.LockGateway;
import dev.holdfast.node.lock.LockRoutes;
import dev.holdfast.node.lock.LockService;
import dev.holdfast.node.lock.LockSweeper;
import dev.holdfast.node.map.MapBoard;
import dev.holdfast.node.map.MapRoutes;
import dev.holdfast.node.map.MapService;
import dev.holdfast.node.metrics.HealthChecks;
import dev.holdfast.node.metrics.Metrics;
import dev.holdfast.node.metrics.OpsRoutes;
import dev.holdfast.node.object.MergeRule;
import dev.holdfast.node.object.ObjectRoutes;
import dev.holdfast.node.object.ObjectSettings;
import dev.holdfast.node.object.ObjectStorage;
import dev.holdfast.node.peer.ClusterSecret;
import dev.holdfast.node.peer.WebSocketPeerNetwork;
import dev.holdfast.node.plugin.PluginLimits;
import dev.holdfast.node.plugin.PluginLoader;
import dev.holdfast.node.plugin.PluginRequiredException;
import dev.holdfast.node.plugin.PluginRoutes;
import dev.holdfast.node.plugin.PluginSetup;
import dev.holdfast.node.plugin.Plugins;
import dev.holdfast.node.plugin.UnknownPolicyException;
import dev.holdfast.node.primitive.PrimitiveRoutes;
import dev.holdfast.node.primitive.Primitives;
import dev.holdfast.node.session.SessionHosts;
import dev.holdfast.node.session.SessionRoutes;
import dev.holdfast.node.session.SessionService;
import dev.holdfast.node.socket.SessionSocket;
import dev.holdfast.node.store.LocalStore;
import dev.holdfast.node.store.StoreIdentity;
import dev.holdfast.node.store.StoreSettings;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.node.transact.EntryLimit;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.node.transact.Transactor;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.NodeLinks;
import dev.holdfast.spi.coordinator.Voters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node. The constructor is the map of it: what is opened, in which order, and who sees whom.
 * What was opened is closed in the opposite order.
 */
public final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final int INCARNATION_BYTES = 8;
  private static final Duration ADOPT_EVERY = Duration.ofSeconds(1);
  private static final Duration ENDED_EVERY = Duration.ofSeconds(5);
  private static final Duration SWEEP_EVERY = Duration.ofSeconds(30);
  private static final Duration SEATS_EVERY = Duration.ofSeconds(1);
  private static final Duration STATS_EVERY = Duration.ofSeconds(1);

  /** Of one request to remove a node: clients and proxies wait longer than that. */
  private static final Duration DRAIN_PATIENCE = Duration.ofSeconds(20);

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final NodeConfig config;
  private final Coordinator coordinator;
  private final Membership membership;
  private final ReentrantLock closing = new ReentrantLock();
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
    SecureRandom random = new SecureRandom();
    try {
      DataFolder data = open(openData(random));
      NativeLibraries.unpackIn(
          data.folder("natives"), Path.of(System.getProperty("java.io.tmpdir")));
      Metrics metrics = open(new Metrics());
      Plugins plugins = open(loadPlugins(distribution, metrics));
      CoordinatorFactory backend = backend();
      backend.requireOptions(config.coordinatorOptions());
      data.checkCoordinator(backend.name(), backend::isLost, incarnation(random));
      data.checkObjects(LocalStore::isLost, incarnation(random));
      HttpServer http = open(new HttpServer(httpSettings(), metrics, random));
      ClusterSecret secret = ClusterSecret.readOrCreate(config.secretFile(), random);
      WebSocketPeerNetwork peers = open(openPeers(secret, random));
      Founder self = new Founder(config.id(), data.incarnation(), config.raftAddress().toString());
      Discovery discovery =
          new Discovery(
              config.membership().discovery(),
              config.membership().discoveryInterval(),
              System::nanoTime);
      Founding founding =
          new Founding(peers, data, self, backend.name(), config.found(), config.join(), discovery);
      peers.start();
      founding.resolve();

      NodeLinks links = NodeLinks.plain(secret.proof(), random);
      CoordinatorFactory.Settings agreement = agreement(data, metrics, links, onFatal);
      backend.prepare(agreement);
      // Between the two: there is something that can be lost, and nothing has voted yet.
      data.coordinatorRuns(backend.name());
      coordinator = open(backend.open(agreement));
      ClusterDirectory cluster = open(new ClusterDirectory(config.id(), coordinator));
      String clusterId = Objects.requireNonNull(data.cluster(), "bound by the founding");
      PeerAddresses addressBook =
          new PeerAddresses(clusterId, row(data), coordinator, cluster, peers);
      cluster.onChange(() -> follow(cluster, addressBook, data));
      Supplier<Set<String>> addresses = () -> addresses(data, discovery);
      Optional<String> former =
          data.foundedAnew() ? Optional.ofNullable(data.formerCluster()) : Optional.empty();
      LocalStore store =
          open(
              LocalStore.open(
                  data.objectsFolder(),
                  new StoreIdentity(config.id(), data.objectsIncarnation(), data.formerObjects()),
                  StoreSettings.DEFAULT,
                  metrics,
                  System::nanoTime,
                  onFatal::accept));
      data.objectsAreKept();
      AwaitedImport awaited = open(new AwaitedImport(coordinator, former));
      membership =
          open(
              new Membership(
                  row(data),
                  coordinator,
                  peers,
                  addressBook,
                  addresses,
                  former,
                  copies(store),
                  () -> removed(data, onFatal)));
      EventHub events = new EventHub(config.id(), stamp(random), InstantSource.system());
      new ClusterNews(events).listen(coordinator, cluster);
      PeerHealth health =
          open(new PeerHealth(cluster, peers, addressBook, events, config.membership(), addresses));

      Homes homes = new Homes(cluster, coordinator, health::unhealthy);
      LockGateway gateway = new LockGateway(coordinator, peers, homes, config.id(), metrics);
      EntryBoard claims = open(new EntryBoard(coordinator, Keys.CLAIMS, metrics));
      CoordinationLimits limits = config.coordination();
      EntryLimit lockLimit = open(limit(Keys.LOCKS, "lock.max", limits.locks(), random));
      LockService locks = new LockService(coordinator, gateway, claims, lockLimit);
      var sessionCommands = new Transactor<>(new SessionTransition(), coordinator, metrics);
      SessionHosts hosts = open(new SessionHosts(coordinator, sessionCommands, System::nanoTime));
      SessionService sessions =
          open(
              new SessionService(
                  coordinator,
                  peers,
                  homes,
                  config.id(),
                  sessionCommands,
                  hosts,
                  System::nanoTime,
                  random,
                  limits.sessionsPerNode()));
      LockFences fences = new LockFences(coordinator);
      MapBoard mapBoard = open(new MapBoard(coordinator, random, metrics));
      MapService maps = new MapService(coordinator, mapBoard, config.mapStateBytesMax());
      Primitives primitives =
          open(
              new Primitives(
                  coordinator, peers, homes, config.id(), primitiveLimits(random), metrics));
      SocketMemory socketMemory = new SocketMemory(limits.unreadBytes(), limits.pendingBytes());
      EndedSessions ended = open(new EndedSessions(coordinator, gateway, homes, System::nanoTime));
      ElectionService elections = new ElectionService(coordinator, metrics);
      SessionSocket socket =
          open(
              new SessionSocket(
                  coordinator,
                  cluster,
                  homes,
                  events,
                  sessions,
                  new SessionSocket.Locks(locks, claims),
                  new SessionSocket.Maps(maps, fences),
                  primitives,
                  elections,
                  socketMemory,
                  metrics));
      ObjectStorage objects =
          open(
              new ObjectStorage(
                  new ObjectStorage.Parts(
                      cluster,
                      coordinator,
                      peers,
                      fences,
                      plugins.placement().name(),
                      plugins.placement().policy(),
                      store,
                      InstantSource.system(),
                      System::nanoTime,
                      random,
                      new ConflictEvents(events),
                      mergeRules(plugins)),
                  objectSettings()));
      Removal removal =
          new Removal(membership, coordinator, cluster, peers, objects::drain, DRAIN_PATIENCE);

      Housekeeping chores = open(new Housekeeping(metrics));
      chores.every(ADOPT_EVERY, "adopt sessions", sessions::adoptOrphans);
      chores.every(ENDED_EVERY, "release ended sessions", ended);
      LockSweeper sweeper = new LockSweeper(coordinator, gateway, homes);
      chores.every(SWEEP_EVERY, "sweep locks", sweeper);
      chores.every(
          SWEEP_EVERY,
          "sweep proclamations",
          new ProclamationSweeper(coordinator, elections, homes));
      chores.every(
          STATS_EVERY,
          "tell free space",
          new NodeStats(config.id(), data.root(), coordinator, System::nanoTime));

      chores.every(
          SEATS_EVERY,
          "fill seats of voters",
          new VoterSeats(
              coordinator,
              cluster,
              config.membership().replaceAfter(),
              config.membership().spreadLabel(),
              System::nanoTime));

      NodeGauges.register(metrics, coordinator, cluster, health);
      NodeGauges.registerDisk(metrics, data.root());
      metrics.gauge("lock.used", sweeper, LockSweeper::used);
      metrics.gauge("objects.stored", store, stored -> stored.records().versionCount());
      metrics.gauge("session.hosted", hosts, SessionHosts::count);
      metrics.gauge("map.bytes", mapBoard, MapBoard::bytes);
      metrics.gauge("map.watches", mapBoard, MapBoard::watches);
      metrics.gauge("lock.entries", lockLimit, EntryLimit::count);
      metrics.gauge("lock.followed", claims, EntryBoard::count);
      metrics.gauge("socket.connections", socket, SessionSocket::connections);
      metrics.gauge("socket.followed", socket, SessionSocket::followed);
      metrics.gauge("socket.unread.bytes", socketMemory, SocketMemory::unreadBytes);
      metrics.gauge("socket.pending.bytes", socketMemory, SocketMemory::pendingBytes);
      metrics.gauge("socket.cut.off", socketMemory, SocketMemory::cutOff);
      metrics.gauge("objects.queued", objects, ObjectStorage::queuedCopies);
      metrics.gauge("objects.staged", objects, ObjectStorage::stagedRecords);
      metrics.gauge("objects.branches", objects, ObjectStorage::branches);
      metrics.gauge("objects.comparisons", objects, ObjectStorage::comparisons);

      Router router = new CoordinatorProblems(coordinator).over(http.router());
      new OpsRoutes(metrics, checks(cluster)).register(router);
      new ClusterRoutes(cluster, coordinator, removal, health, () -> warnings(awaited, plugins))
          .register(router);
      new EventRoutes(events).register(router);
      new StateRoutes(new StateTransfer(coordinator, clusterId), data.folder("transfer"))
          .register(router);
      new PluginRoutes(plugins).register(router);
      Router clients = ImportProblems.over(router, awaited);
      new SessionRoutes(sessions).register(clients);
      new LockRoutes(locks, coordinator, cluster).register(clients);
      new MapRoutes(maps, fences).register(clients);
      new PrimitiveRoutes(primitives).register(clients);
      new ElectionRoutes(elections).register(clients);
      new ObjectRoutes(objects.service(), InstantSource.system()).register(clients);
      socket.register(http, () -> ImportProblems.check(awaited));
      membership.start();
      health.start();
      objects.start(awaited::isOver);
      http.start();
      departure =
          new Departure(
              http,
              coordinator,
              cluster,
              health::unhealthy,
              locks,
              events,
              socket,
              System::nanoTime);
      LOG.info("Node {} listens on {}, data in {}", config.id(), config.api(), data.root());
    } catch (IOException
        | InterruptedException
        | PluginRequiredException
        | UnknownPolicyException
        | RuntimeException e) {
      close();
      throw e;
    }
  }

  private <T extends AutoCloseable> T open(T part) {
    opened.push(part);
    return part;
  }

  private EntryLimit limit(String prefix, String name, int most, SecureRandom random) {
    return new EntryLimit(coordinator, prefix, name, most, random);
  }

  private Primitives.Limits primitiveLimits(SecureRandom random) {
    CoordinationLimits limits = config.coordination();
    return new Primitives.Limits(
        limit(Keys.COUNTERS, "counter.max", limits.counters(), random),
        limit(Keys.LATCHES, "latch.max", limits.latches(), random),
        limit(Keys.BARRIERS, "barrier.max", limits.barriers(), random));
  }

  private DataFolder openData(SecureRandom random) {
    return DataFolder.open(config.data(), config.id(), incarnation(random));
  }

  private static String incarnation(SecureRandom random) {
    byte[] incarnation = new byte[INCARNATION_BYTES];
    random.nextBytes(incarnation);
    return HexFormat.of().formatHex(incarnation);
  }

  private HttpServer.Settings httpSettings() {
    Set<String> hosts = new LinkedHashSet<>(config.http().hosts());
    hosts.add(config.publicApi().host());
    return new HttpServer.Settings(
        config.api().host(),
        config.api().port(),
        HostNames.of(config.api().host(), hosts),
        config.http());
  }

  private WebSocketPeerNetwork openPeers(ClusterSecret secret, SecureRandom random)
      throws IOException {
    return new WebSocketPeerNetwork(
        new WebSocketPeerNetwork.Settings(
            config.id(), config.peer().host(), config.peer().port(), secret),
        PeerMessages.KINDS,
        random);
  }

  private CoordinatorFactory backend() {
    return ServiceLoader.load(CoordinatorFactory.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(candidate -> candidate.name().equals(config.coordinator()))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException("There is no coordinator named " + config.coordinator()));
  }

  private CoordinatorFactory.Settings agreement(
      DataFolder data, Metrics metrics, NodeLinks links, Consumer<Throwable> onFatal) {
    List<Voters.Member> founders =
        data.founders().stream()
            .map(one -> new Voters.Member(one.id(), one.incarnation(), one.raft(), true))
            .toList();
    return new CoordinatorFactory.Settings(
        config.id(),
        data.incarnation(),
        data.coordinatorFolder(),
        config.raftAddress().toString(),
        founders,
        Objects.requireNonNull(data.cluster(), "bound by the founding"),
        config.coordinatorOptions(),
        onFatal::accept,
        metrics,
        links);
  }

  private Plugins loadPlugins(Path distribution, Metrics metrics)
      throws IOException, PluginRequiredException, UnknownPolicyException {
    PluginSetup setup =
        new PluginSetup(
            config.id(),
            distribution.resolve("plugins"),
            config.data().resolve("plugins"),
            config.plugins(),
            Optional.of(config.placementPolicy()).filter(name -> !name.isEmpty()),
            config.mergePolicies());
    return new PluginLoader(setup, PluginLimits.DEFAULT, System::nanoTime, metrics.registry())
        .load();
  }

  private static List<MergeRule> mergeRules(Plugins plugins) {
    return plugins.merges().stream()
        .map(policy -> new MergeRule(policy.name(), policy.contentTypes(), policy::merge))
        .toList();
  }

  private SelfRow row(DataFolder data) {
    return new SelfRow(
        config.id(),
        data.incarnation(),
        HttpServer.SCHEME + "://" + config.publicApi(),
        config.peer().toString(),
        config.raftAddress().toString(),
        config.labels(),
        config.capacityBytes().orElseGet(this::sizeOfFileStore));
  }

  private ObjectSettings objectSettings() {
    ObjectSettings defaults = ObjectSettings.defaults(Runtime.getRuntime().maxMemory());
    return defaults.withCopies(config.copies());
  }

  private long sizeOfFileStore() {
    try {
      return Math.max(1, Files.getFileStore(config.data()).getTotalSpace());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the size of " + config.data(), e);
    }
  }

  private static Membership.Copies copies(LocalStore store) {
    return new Membership.Copies() {
      @Override
      public boolean areNew() {
        return !store.isAnnounced();
      }

      @Override
      public void announced() {
        store.announced();
      }
    };
  }

  private void removed(DataFolder data, Consumer<Throwable> onFatal) {
    data.markRemoved();
    onFatal.accept(
        new NodeRemovedException(
            "Node %s was removed from the cluster. Its copies are on the other nodes; the folder %s can be deleted."
                .formatted(config.id(), data.root())));
  }

  /** On the watch's thread: where the peers listen now, also for the next start. */
  private void follow(ClusterDirectory cluster, PeerAddresses addressBook, DataFolder data) {
    List<ClusterView.Member> others =
        cluster.members().stream().filter(one -> !one.id().equals(config.id())).toList();
    addressBook.follow(others);
    if (!others.isEmpty()) {
      data.rememberPeers(others.stream().map(ClusterView.Member::peer).toList());
    }
  }

  /** Unlike that of any other start of any node, so that nobody resumes events of another one. */
  private static String stamp(SecureRandom random) {
    return Long.toString(random.nextLong() >>> 1, Character.MAX_RADIX);
  }

  private Set<String> addresses(DataFolder data, Discovery discovery) {
    Set<String> all = new LinkedHashSet<>(config.join());
    all.addAll(data.knownPeers());
    all.addAll(discovery.addresses());
    config
        .found()
        .forEach((id, address) -> {
          if (!id.equals(config.id())) {
            all.add(address);
          }
        });
    return all;
  }

  private List<String> warnings(AwaitedImport awaited, Plugins plugins) {
    List<String> all = new ArrayList<>(config.warnings());
    all.addAll(plugins.warnings());
    awaited.warning().ifPresent(all::add);
    return all;
  }

  private HealthChecks checks(ClusterView cluster) {
    HealthChecks checks = new HealthChecks();
    checks.add(
        "majority",
        unless(
            () -> coordinator.lease().state() == NodeLease.State.CONNECTED,
            "no majority of the cluster answers"));
    checks.add(
        "member",
        () ->
            membership
                .fault()
                .or(
                    unless(
                        () -> cluster.member(config.id()).isPresent(),
                        "its row of the cluster map is not applied here yet")));
    checks.add(
        "caught up",
        unless(
            () -> coordinator.status().appliedRevision() >= coordinator.lease().provenRevision(),
            "commits that were agreed on are not applied here yet"));
    return checks;
  }

  private static Supplier<Optional<String>> unless(BooleanSupplier holds, String fault) {
    return () -> holds.getAsBoolean() ? Optional.empty() : Optional.of(fault);
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
      while (!opened.isEmpty()) {
        AutoCloseable part = opened.pop();
        try {
          part.close();
        } catch (Exception e) {
          LOG.warn("{} did not close cleanly", part.getClass().getSimpleName(), e);
        }
      }
    } finally {
      closing.unlock();
    }
  }
}
