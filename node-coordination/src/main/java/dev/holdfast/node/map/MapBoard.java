// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import dev.holdfast.core.Keys;
import dev.holdfast.core.map.MapChange;
import dev.holdfast.node.transact.Interests;
import dev.holdfast.node.transact.KeySizes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What this node has applied of all maps: their sizes, told to whoever asks, and their changes,
 * told to those who watch. Fed by the watch of this node. Thread-safe.
 */
public final class MapBoard implements WatchListener, AutoCloseable {
  private static final int PAGE = 1_000;

  private final Coordinator coordinator;
  private final ReentrantLock lock = new ReentrantLock();
  private final KeySizes sizes;
  private final Map<String, Totals> totals = new HashMap<>();
  private final AtomicLong bytes = new AtomicLong();
  private final Interests<String, MapListener> listeners;
  private final Coordinator.Watch watch;

  /**
   * @param random makes the hashes of keys unforeseeable
   */
  public MapBoard(Coordinator coordinator, RandomGenerator random, Meter meter) {
    this.coordinator = coordinator;
    this.sizes = new KeySizes(random);
    this.listeners = new Interests<>(meter);
    this.watch = coordinator.watch(Keys.MAPS, this);
  }

  /** How many entries a map has, and the bytes of their keys and values. */
  public record Totals(long entries, long bytes) {
    static final Totals NONE = new Totals(0, 0);
  }

  /** Told on the watch's thread: be quick. */
  interface MapListener {
    void changed(String key);

    /** Changes may be missing. */
    void resync(long revision);
  }

  /** Of all maps together. */
  public long bytes() {
    return bytes.get();
  }

  public Totals totals(String map) {
    lock.lock();
    try {
      return totals.getOrDefault(map, Totals.NONE);
    } finally {
      lock.unlock();
    }
  }

  /** By how much the changes would make the maps larger; deletions count for nothing. */
  long growth(List<MapChange> changes) {
    lock.lock();
    try {
      long growth = 0;
      for (MapChange change : changes) {
        growth += Math.max(0, change.sizeBytes() - sizes.get(change.key().value()));
      }
      return growth;
    } finally {
      lock.unlock();
    }
  }

  void follow(String map, MapListener listener) {
    listeners.add(map, listener);
  }

  void unfollow(String map, MapListener listener) {
    listeners.remove(map, listener);
  }

  /** Watches that have not ended. */
  public long watches() {
    return listeners.count();
  }

  @Override
  public void started(long revision) {
    resync(revision);
  }

  @Override
  public void changed(List<Observation> observations) {
    lock.lock();
    try {
      observations.forEach(this::count);
    } finally {
      lock.unlock();
    }
    if (listeners.isEmpty()) {
      return;
    }
    for (Observation observation : observations) {
      Keys.mapEntryOf(observation.key())
          .ifPresent(changed ->
              listeners.tell(changed.map(), listener -> listener.changed(changed.key())));
    }
  }

  @Override
  public void resync(long revision) {
    lock.lock();
    try {
      sizes.clear();
      totals.clear();
      bytes.set(0);
      EntryKey after = null;
      do {
        Coordinator.Page page = coordinator.scanLocal(Keys.MAPS, after, PAGE);
        page.entries().forEach(entry -> count(entry.key(), entry));
        after = page.next();
      } while (after != null);
    } finally {
      lock.unlock();
    }
    listeners.tellAll((map, listener) -> listener.resync(revision));
  }

  private void count(Observation observation) {
    count(observation.key(), observation.entry());
  }

  private void count(EntryKey key, @Nullable Entry entry) {
    String name = key.value();
    int size = entry == null ? 0 : name.length() + entry.value().length();
    int before = entry == null ? sizes.remove(name) : sizes.put(name, size);
    if (before == size) {
      return;
    }
    bytes.addAndGet(size - before);
    int more = (size > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
    totals.compute(
        map(name),
        (same, old) -> {
          Totals known = old == null ? Totals.NONE : old;
          Totals now = new Totals(known.entries() + more, known.bytes() + size - before);
          return now.entries() == 0 ? null : now;
        });
  }

  /** The escaped name of the map would do, but callers ask for the plain one. */
  private static String map(String key) {
    int slash = key.indexOf('/', Keys.MAPS.length());
    return key.substring(Keys.MAPS.length(), slash < 0 ? key.length() : slash)
        .replace("%2F", "/")
        .replace("%25", "%");
  }

  @Override
  public void close() {
    watch.close();
  }
}
