// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/**
 * How many entries of one kind there may be. Counts what this node has applied, so nodes that make
 * entries at the same moment may exceed it by what they have under way. Thread-safe.
 */
public final class EntryLimit implements WatchListener, AutoCloseable {
  private static final int PAGE = 1_000;

  private final Coordinator coordinator;
  private final String prefix;
  private final String name;
  private final long most;
  private final ReentrantLock lock = new ReentrantLock();
  private final KeySizes entries;
  private final Coordinator.Watch watch;
  private volatile int count;

  /**
   * @param name of the configuration key
   * @param most entries
   * @param random makes the hashes of keys unforeseeable
   */
  public EntryLimit(
      Coordinator coordinator, String prefix, String name, long most, RandomGenerator random) {
    this.coordinator = coordinator;
    this.prefix = prefix;
    this.name = name;
    this.most = most;
    this.entries = new KeySizes(random);
    this.watch = coordinator.watch(prefix, this);
  }

  public int count() {
    return count;
  }

  /**
   * For a command that would make this entry if it is absent.
   *
   * @throws LimitExceededException when it is absent and there are as many as there may be
   */
  public void checkRoom(EntryKey key) {
    int now = count;
    if (now >= most && !coordinator.readLocal(key).observation().isPresent()) {
      throw new LimitExceededException(
          name, most, now + 1L, "Delete those that are not needed, or raise " + name + ".");
    }
  }

  @Override
  public void started(long revision) {
    resync(revision);
  }

  @Override
  public void changed(List<Observation> observations) {
    lock.lock();
    try {
      for (Observation observation : observations) {
        String key = observation.key().value();
        if (observation.isPresent()) {
          entries.put(key, 1);
        } else {
          entries.remove(key);
        }
      }
      count = entries.count();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void resync(long revision) {
    lock.lock();
    try {
      entries.clear();
      EntryKey after = null;
      do {
        Coordinator.Page page = coordinator.scanLocal(prefix, after, PAGE);
        page.entries().forEach(entry -> entries.put(entry.key().value(), 1));
        after = page.next();
      } while (after != null);
      count = entries.count();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
