// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.core.Keys;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import dev.holdfast.spi.placement.ClusterMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as this node has applied it, kept by one watch over {@code cluster/map}, the
 * incarnations and the leases. All state is one immutable {@link Picture}, replaced by the watch
 * thread alone.
 */
public final class ClusterDirectory implements ClusterView, WatchListener, AutoCloseable {
  private static final int SCAN_LIMIT = 1_000;

  private final String self;
  private final Coordinator coordinator;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final List<Coordinator.Watch> watches;
  private volatile Picture picture = Picture.EMPTY;

  public ClusterDirectory(String self, Coordinator coordinator) {
    this.self = self;
    this.coordinator = coordinator;
    this.watches =
        List.of(
            coordinator.watch(Keys.CLUSTER_MAP.value(), this),
            coordinator.watch(Keys.INCARNATIONS, this),
            coordinator.watch(Keys.LEASES, this));
  }

  @Override
  public void started(long revision) {
    rescan();
  }

  @Override
  public void resync(long revision) {
    rescan();
  }

  @Override
  public void changed(List<Observation> observations) {
    update(next -> {
      for (Observation observation : observations) {
        next.see(observation.key(), observation.entry(), observation.revision());
      }
    });
  }

  private void rescan() {
    update(next -> {
      Map<EntryKey, Entry> found = new HashMap<>();
      long revision = Long.MAX_VALUE;
      for (String prefix : List.of(Keys.CLUSTER_MAP.value(), Keys.INCARNATIONS, Keys.LEASES)) {
        Coordinator.Page page = coordinator.scanLocal(prefix, null, SCAN_LIMIT);
        revision = Math.min(revision, page.revision());
        page.entries().forEach(entry -> found.put(entry.key(), entry));
      }
      next.replaceAll(found, revision);
    });
  }

  private synchronized void update(java.util.function.Consumer<Draft> change) {
    Draft draft = new Draft(picture);
    change.accept(draft);
    picture = draft.finish();
    listeners.forEach(Runnable::run);
  }

  @Override
  public String self() {
    return self;
  }

  @Override
  public ClusterMap map() {
    return picture.map;
  }

  @Override
  public long mapVersion() {
    return picture.mapVersion;
  }

  @Override
  public Set<String> healthy() {
    // The own lease is known better from its source than from an entry that may lag.
    Set<String> healthy = new TreeSet<>(picture.leases.keySet());
    healthy.retainAll(picture.members.keySet());
    if (coordinator.lease().state() == NodeLease.State.CONNECTED) {
      healthy.add(self);
    } else {
      healthy.remove(self);
    }
    return healthy;
  }

  @Override
  public boolean isHealthy(String nodeId) {
    Picture now = picture;
    return nodeId.equals(self)
        ? coordinator.lease().state() == NodeLease.State.CONNECTED
        : now.leases.containsKey(nodeId) && now.members.containsKey(nodeId);
  }

  @Override
  public Optional<Member> member(String nodeId) {
    return Optional.ofNullable(picture.members.get(nodeId));
  }

  public List<Member> members() {
    return List.copyOf(picture.members.values());
  }

  /** Of the Holdfast that each member runs, by node id; without those that did not say so. */
  Map<String, String> versions() {
    Entry entry = picture.entries.get(Keys.CLUSTER_MAP);
    Map<String, String> versions = new TreeMap<>();
    if (entry != null) {
      for (MapEntry.NodeEntry node : MapEntry.decode(entry.value()).nodes()) {
        if (node.version() != null) {
          versions.put(node.id(), node.version());
        }
      }
    }
    return versions;
  }

  /** The id of the lease under which a node is alive now, if it is. */
  public Optional<Long> leaseOf(String nodeId) {
    return Optional.ofNullable(picture.leases.get(nodeId));
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
    listener.run();
  }

  @Override
  public void close() {
    watches.forEach(Coordinator.Watch::close);
  }

  private record Picture(
      Map<EntryKey, Entry> entries,
      Map<EntryKey, Long> revisions,
      ClusterMap map,
      long mapVersion,
      Map<String, Member> members,
      Map<String, Long> leases) {
    static final Picture EMPTY =
        new Picture(Map.of(), Map.of(), new ClusterMap(0, List.of()), 0, new TreeMap<>(), Map.of());
  }

  /** The entries while they change; {@link #finish} derives all else. */
  private static final class Draft {
    private final Map<EntryKey, Entry> entries;
    private final Map<EntryKey, Long> revisions;

    Draft(Picture picture) {
      entries = new HashMap<>(picture.entries);
      revisions = new HashMap<>(picture.revisions);
    }

    /** Ignores what is older than what is known: a rescan and a change may overtake each other. */
    void see(EntryKey key, @Nullable Entry entry, long revision) {
      if (revisions.getOrDefault(key, 0L) > revision) {
        return;
      }
      revisions.put(key, revision);
      if (entry == null) {
        entries.remove(key);
      } else {
        entries.put(key, entry);
      }
    }

    void replaceAll(Map<EntryKey, Entry> found, long revision) {
      Set<EntryKey> known = Set.copyOf(entries.keySet());
      found.forEach((key, entry) -> see(key, entry, Math.max(entry.revision(), revision)));
      known.stream()
          .filter(key -> !found.containsKey(key))
          .forEach(key -> see(key, null, revision));
    }

    Picture finish() {
      Entry mapEntry = entries.get(Keys.CLUSTER_MAP);
      MapEntry map = mapEntry == null ? MapEntry.EMPTY : MapEntry.decode(mapEntry.value());
      Map<String, Member> members = new TreeMap<>();
      for (MapEntry.NodeEntry node : map.nodes()) {
        Entry incarnation = entries.get(Keys.incarnation(node.id()));
        members.put(
            node.id(),
            new Member(
                node.id(),
                incarnation == null ? node.incarnation() : incarnation.value().toUtf8(),
                incarnation == null ? 0 : incarnation.version(),
                node.api(),
                node.peer(),
                node.raft()));
      }
      Map<String, Long> leases =
          entries.entrySet().stream()
              .filter(entry -> entry.getKey().startsWith(Keys.LEASES))
              .collect(
                  Collectors.toMap(
                      entry -> entry.getKey().value().substring(Keys.LEASES.length()),
                      entry -> LeaseEntries.decode(entry.getValue().value())));
      return new Picture(
          Map.copyOf(entries),
          Map.copyOf(revisions),
          map.toClusterMap(),
          mapEntry == null ? 0 : mapEntry.version(),
          members,
          Map.copyOf(leases));
    }
  }
}
