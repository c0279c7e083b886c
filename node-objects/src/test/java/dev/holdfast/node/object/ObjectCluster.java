// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.ReadMode;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.WriteTerms;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.store.Branch;
import dev.holdfast.node.store.LocalStore;
import dev.holdfast.node.store.StoreIdentity;
import dev.holdfast.node.store.StoreSettings;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.PlacementPolicy;
import dev.holdfast.spi.placement.Rendezvous;
import dev.holdfast.testkit.contract.ForwardingCoordinator;
import dev.holdfast.testkit.memory.CommitFate;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Nodes in one JVM: real stores, an in-memory coordinator, a network that drops nodes. */
final class ObjectCluster implements AutoCloseable {
  static final Duration TIMEOUT = Duration.ofSeconds(10);
  static final ObjectSettings SETTINGS =
      new ObjectSettings(
          3,
          Duration.ofSeconds(10),
          Duration.ofSeconds(2),
          Duration.ofMillis(100),
          Duration.ofMillis(200),
          64,
          64 << 20,
          4,
          Duration.ZERO,
          ObjectSettings.TOMBSTONE_RETENTION,
          UploadSettings.DEFAULT);

  /** With the background work so rare that a test sees only what is done at once. */
  static final ObjectSettings PATIENT =
      new ObjectSettings(
          3,
          Duration.ofSeconds(10),
          Duration.ofSeconds(2),
          Duration.ofHours(1),
          Duration.ofHours(1),
          64,
          64 << 20,
          4,
          Duration.ZERO,
          ObjectSettings.TOMBSTONE_RETENTION,
          UploadSettings.DEFAULT);

  private final Path folder;
  private final ObjectSettings settings;
  private final List<MergeRule> merges;

  /** Branches that users were notified of. */
  final List<VersionId> conflicts = new CopyOnWriteArrayList<>();

  /** Why they were not merged. */
  final List<String> reasons = new CopyOnWriteArrayList<>();

  final InMemoryCluster agreement = InMemoryCluster.realTime();
  final FakePeers peers = new FakePeers();
  private final Map<String, Node> nodes = new HashMap<>();
  private final TreeSet<String> members = new TreeSet<>();
  private final TreeSet<String> draining = new TreeSet<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile long epoch;
  private long nextEpoch = 1;
  private volatile long mapVersion;

  /** As for the first moments of a node's start. */
  volatile boolean isMapUnknown;

  /** Whether copies beyond those that are asked for may go, by the policy. */
  volatile boolean copiesMayGo;

  /** {@link #RANK}, unless a test wants copies to go. */
  final PlacementPolicy policy =
      new PlacementPolicy() {
        @Override
        public Choice choose(Request request) {
          return RANK.choose(request);
        }

        @Override
        public Verdict isSatisfied(Request request, Set<String> holders) {
          return RANK.isSatisfied(request, holders);
        }

        @Override
        public Surplus mayGo(Request request, Set<String> holders) {
          return copiesMayGo
              ? new Surplus(
                  holders.stream().sorted().skip(request.copies()).toList(), "The last by name.")
              : RANK.mayGo(request, holders);
        }
      };

  private final Coordinator admin;

  /** Of all nodes: ids must differ. */
  private final Random random = new Random(1);

  ObjectCluster(Path folder, int size) {
    this(folder, size, SETTINGS);
  }

  ObjectCluster(Path folder, int size, ObjectSettings settings) {
    this(folder, size, settings, List.of());
  }

  ObjectCluster(Path folder, int size, ObjectSettings settings, List<MergeRule> merges) {
    this.folder = folder;
    this.settings = settings;
    this.merges = merges;
    this.admin = agreement.open("admin");
    for (int i = 1; i <= size; i++) {
      members.add("n" + i);
    }
    publishMap();
    members.forEach(this::start);
  }

  final class Node {
    final String id;
    final LocalStore store;
    final ObjectStorage storage;
    final Coordinator coordinator;

    /** What it has applied, where that is behind what was agreed on. */
    final Map<EntryKey, Observation> stale = new ConcurrentHashMap<>();

    final ClusterView view;
    final PeerNetwork network;

    Node(String id) {
      this.id = id;
      this.coordinator =
          new ForwardingCoordinator(agreement.open(id)) {
            @Override
            public LocalObservation readLocal(EntryKey key) {
              Observation old = stale.get(key);
              return old == null ? super.readLocal(key) : new LocalObservation(old, 0);
            }
          };
      this.view = new View(id);
      this.network = peers.of(id);
      this.store =
          LocalStore.open(
              folder.resolve(id),
              new StoreIdentity(id, "i1"),
              new StoreSettings(1 << 24, 0, 0, 1 << 20),
              Meter.NONE,
              System::nanoTime,
              failure -> {
                throw failure;
              });
      this.storage =
          new ObjectStorage(
              new ObjectStorage.Parts(
                  view,
                  coordinator,
                  network,
                  fences,
                  "test",
                  policy,
                  store,
                  InstantSource.system(),
                  System::nanoTime,
                  random,
                  (_, branch, _, reason) -> {
                    // In this order: who waits for a conflict finds its reason.
                    reasons.add(reason);
                    conflicts.add(branch);
                  },
                  merges),
              settings);
    }

    ObjectService service() {
      return storage.service();
    }

    ObjectRoutes routes() {
      return new ObjectRoutes(service(), uploadRoutes(), InstantSource.system());
    }

    UploadRoutes uploadRoutes() {
      return new UploadRoutes(service(), storage.uploads(), InstantSource.system());
    }

    WriteOutcome.Written put(String key, byte[] bytes) {
      return put(key, bytes, Preconditions.NONE, Optional.empty());
    }

    WriteOutcome.Written put(
        String key, byte[] bytes, Preconditions preconditions, Optional<String> fence) {
      WriteRequest request =
          new WriteRequest(
              new ObjectKey(key),
              "text/plain",
              new TreeMap<>(),
              false,
              preconditions,
              fence,
              "test");
      return put(
          request,
          new ObjectService.Upbound(
              new ByteArrayInputStream(bytes), bytes.length, Optional.empty()));
    }

    WriteOutcome.Written put(WriteRequest request, ObjectService.Upbound body) {
      return told(() -> written(service().put(request, body)));
    }

    /** On given terms, whatever comes of it. */
    WriteOutcome write(String key, byte[] bytes, WriteTerms terms) {
      return service()
          .put(
              request(key).with(terms),
              new ObjectService.Upbound(
                  new ByteArrayInputStream(bytes), bytes.length, Optional.empty()));
    }

    WriteRequest request(String key) {
      return new WriteRequest(
          new ObjectKey(key),
          "text/plain",
          new TreeMap<>(),
          false,
          Preconditions.NONE,
          Optional.empty(),
          "test");
    }

    WriteOutcome merge(String key, VersionId taken, WriteTerms terms) {
      return service().merge(request(key).with(terms), taken);
    }

    byte[] get(String key, ReadMode mode) {
      return read(service().find(new ObjectKey(key), mode).orElseThrow());
    }

    byte[] get(String key, VersionId version) {
      return read(service().find(new ObjectKey(key), version).orElseThrow());
    }

    List<ConflictLister.Conflict> conflicts() {
      return service().conflicts(new ConflictLister.Query("", Optional.empty(), 100)).conflicts();
    }

    WriteOutcome.Written delete(String key) {
      return delete(
          new WriteRequest(
              new ObjectKey(key),
              "",
              new TreeMap<>(),
              true,
              Preconditions.NONE,
              Optional.empty(),
              "test"));
    }

    WriteOutcome.Written delete(WriteRequest request) {
      return told(() -> written(service().delete(request)));
    }

    byte[] get(String key) {
      return told(() -> read(new ObjectKey(key)));
    }

    private byte[] read(ObjectKey key) {
      return read(service().find(key).orElseThrow(() -> ObjectProblems.notFound(key)));
    }

    private byte[] read(ObjectService.Found found) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (ObjectService.Opened opened =
          service().open(found, new ByteRange(0, found.version().sizeBytes()))) {
        opened.download().writeTo(out);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return out.toByteArray();
    }

    List<String> list(String prefix) {
      return service()
          .list(new ObjectLister.Query(prefix, "", "", 1_000))
          .orElseThrow()
          .objects()
          .stream()
          .map(row -> row.key().value())
          .toList();
    }

    /** Whether the whole head of a key is on this node's own disk, confirmed. */
    boolean holds(String key) {
      ObjectKey name = new ObjectKey(key);
      return store
          .records()
          .head(name)
          .flatMap(row -> store.records().version(name, row.version()))
          .filter(version -> version.chunks().stream().allMatch(store.chunks()::contains))
          .isPresent();
    }
  }

  private static WriteOutcome.Written written(WriteOutcome outcome) {
    return switch (outcome) {
      case WriteOutcome.Written written -> written;
      case WriteOutcome.Accepted accepted -> throw new AssertionError(accepted);
      case WriteOutcome.Refused refused -> throw ObjectProblems.of(refused);
    };
  }

  /** What fails is thrown as a client is told of it. */
  private static <T> T told(Supplier<T> request) {
    try {
      return request.get();
    } catch (ObjectException e) {
      throw ObjectProblems.of(e);
    }
  }

  /**
   * Whether a node knows that users were notified of all its branches, so that it is silent now.
   */
  boolean isReported(String id) {
    return !conflicts.isEmpty()
        && node(id).store.records().branches().list(Optional.empty(), 100).stream()
            .allMatch(Branch::isReported);
  }

  private final Map<String, Condition> claims = new HashMap<>();
  final Fences fences =
      fence -> {
        Condition condition = claims.get(fence);
        return condition == null
            ? new Fences.Verdict.MovedOn(fence, 1)
            : new Fences.Verdict.Holds(condition);
      };

  /** Makes a lock's claim, and returns its fence. */
  String claim(String lock) {
    EntryKey key = new EntryKey("claim/s/" + lock + "/h");
    commit(new Change.Put(key, Bytes.utf8("held")));
    claims.put(lock + ";1", admin.read(key, TIMEOUT).unchanged());
    return lock + ";1";
  }

  /** The lock passes to another holder. */
  void loseClaim(String lock) {
    commit(new Change.Delete(new EntryKey("claim/s/" + lock + "/h")));
  }

  ClusterView view(String id) {
    return new View(id);
  }

  Node node(String id) {
    Node node = nodes.get(id);
    if (node == null) {
      throw new IllegalArgumentException(id);
    }
    return node;
  }

  Node start(String id) {
    commit(new Change.Put(new EntryKey("incarnation/" + id), Bytes.utf8("i1")));
    peers.down.remove(id);
    Node node = new Node(id);
    nodes.put(id, node);
    node.storage.storeStart().ensureCounted();
    node.storage.start(() -> true);
    changed();
    return node;
  }

  /** As a kill: its disk stays, nobody is told but the view. */
  void kill(String id) {
    vanish(id);
    Node node = nodes.remove(id);
    if (node != null) {
      node.storage.close();
      node.store.close();
      node.coordinator.close();
    }
    changed();
  }

  /** A copy of a node's disk, as a backup makes it; the node must be down. */
  void backUp(String id, Path target) {
    copy(folder.resolve(id), target);
  }

  /** Replaces the disk of a node that is down. */
  void restore(String id, Path backup) {
    copy(backup, folder.resolve(id));
  }

  private static void copy(Path from, Path to) {
    try {
      if (Files.exists(to)) {
        try (Stream<Path> old = Files.walk(to)) {
          for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(path);
          }
        }
      }
      try (Stream<Path> files = Files.walk(from)) {
        for (Path path : files.toList()) {
          Files.copy(path, to.resolve(from.relativize(path).toString()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the cluster has agreed on under a key. */
  Observation observe(String key) {
    return admin.read(new EntryKey(key), TIMEOUT);
  }

  /** Unreachable, while the others still believe it to be healthy. */
  void vanish(String id) {
    peers.down.add(id);
  }

  /** Cuts nodes off from the majority; they reach each other. */
  void cutOff(String... ids) {
    for (String id : ids) {
      peers.island.add(id);
      agreement.partition(id, CommitFate.UNAVAILABLE);
    }
    changed();
  }

  void heal() {
    List<String> ids = List.copyOf(peers.island);
    peers.island.clear();
    ids.forEach(agreement::heal);
    changed();
  }

  void join(String id) {
    members.add(id);
    publishMap();
    start(id);
  }

  void drain(String id) {
    draining.add(id);
    publishMap();
    changed();
  }

  private void publishMap() {
    epoch = nextEpoch++;
    EntryKey key = new EntryKey("cluster/map");
    commit(new Change.Put(key, Bytes.utf8(members + " " + epoch)));
    Observation map = admin.read(key, TIMEOUT);
    mapVersion = map.entry() == null ? 0 : map.entry().version();
  }

  private void commit(Change change) {
    CommitResult result = admin.commit(new Transaction(List.of(), List.of(change)), TIMEOUT);
    if (!(result instanceof CommitResult.Committed)) {
      throw new AssertionError(result);
    }
  }

  private void changed() {
    listeners.forEach(Runnable::run);
  }

  private final class View implements ClusterView {
    private final String self;

    View(String self) {
      this.self = self;
    }

    @Override
    public String self() {
      return self;
    }

    @Override
    public ClusterMap map() {
      if (isMapUnknown) {
        return new ClusterMap(0, List.of());
      }
      return new ClusterMap(
          epoch,
          members.stream()
              .map(id ->
                  new ClusterMap.Node(
                      id,
                      Map.of(),
                      1,
                      draining.contains(id) ? ClusterMap.State.DRAINING : ClusterMap.State.ACTIVE))
              .toList());
    }

    @Override
    public long mapVersion() {
      return mapVersion;
    }

    @Override
    public Set<String> healthy() {
      Set<String> healthy = new TreeSet<>(nodes.keySet());
      healthy.retainAll(members);
      if (peers.island.contains(self)) {
        // It sees no lease end but its own.
        healthy.remove(self);
      } else {
        healthy.removeAll(peers.island);
      }
      return healthy;
    }

    @Override
    public Optional<Member> member(String nodeId) {
      Observation incarnation = admin.read(new EntryKey("incarnation/" + nodeId), TIMEOUT);
      return Optional.ofNullable(incarnation.entry())
          .map(entry -> new Member(nodeId, "i1", entry.version(), "", "", ""));
    }

    @Override
    public void onChange(Runnable listener) {
      listeners.add(listener);
    }
  }

  static final PlacementPolicy RANK =
      new PlacementPolicy() {
        @Override
        public Choice choose(Request request) {
          return new Choice(
              Rendezvous.rankNodes(request.key(), request.map().placeable()).stream()
                  .limit(request.copies())
                  .map(ClusterMap.Node::id)
                  .toList(),
              "by rank");
        }

        @Override
        public Verdict isSatisfied(Request request, Set<String> holders) {
          return new Verdict(holders.size() >= request.copies(), "by number");
        }

        @Override
        public Surplus mayGo(Request request, Set<String> holders) {
          return new Surplus(List.of(), "Here all stay.");
        }
      };

  @Override
  public void close() {
    for (String id : new ArrayList<>(nodes.keySet())) {
      kill(id);
    }
    admin.close();
    agreement.close();
  }
}
