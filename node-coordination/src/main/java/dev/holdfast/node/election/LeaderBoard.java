// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.election;

import dev.holdfast.core.Keys;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.node.transact.Interests;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.List;
import java.util.Optional;

/**
 * Tells observers which lock to look at again. Fed by this node's watch of locks and of what their
 * holders proclaim; costs a look into a map for a lock that nobody observes.
 */
public final class LeaderBoard implements WatchListener, AutoCloseable {
  /** Wants to know when a lock may have another leader or value. */
  public interface Observer {
    /** On the watch thread: be quick. */
    void changed(String lock);

    /** Anything may have changed. On the watch thread. */
    void resync();
  }

  private final Interests<String, Observer> observers;
  private final Coordinator.Watch locks;
  private final Coordinator.Watch proclaimed;

  public LeaderBoard(Coordinator coordinator, Meter meter) {
    this.observers = new Interests<>(meter);
    this.locks = coordinator.watch(Keys.LOCKS, this);
    this.proclaimed = coordinator.watch(Keys.PROCLAIMED, this);
  }

  /**
   * @param name of a lock, or what the names of a group's locks begin with, up to their last slash
   * @return close it to end the interest
   */
  public EntryBoard.Interest follow(String name, Observer observer) {
    observers.add(name, observer);
    return () -> observers.remove(name, observer);
  }

  /** Interests that have not ended. */
  public long count() {
    return observers.count();
  }

  @Override
  public void started(long revision) {
    resync(revision);
  }

  @Override
  public void changed(List<Observation> observations) {
    if (observers.isEmpty()) {
      return;
    }
    for (Observation observation : observations) {
      lockOf(observation.key()).ifPresent(this::tell);
    }
  }

  private static Optional<String> lockOf(EntryKey key) {
    return key.startsWith(Keys.PROCLAIMED) ? Keys.proclaimedOf(key) : Keys.lockOf(key);
  }

  private void tell(String lock) {
    tell(lock, lock);
    int slash = lock.lastIndexOf('/');
    if (slash >= 0 && slash < lock.length() - 1) {
      tell(lock.substring(0, slash + 1), lock);
    }
  }

  private void tell(String name, String lock) {
    observers.tell(name, observer -> observer.changed(lock));
  }

  @Override
  public void resync(long revision) {
    observers.tellAll((name, observer) -> observer.resync());
  }

  @Override
  public void close() {
    locks.close();
    proclaimed.close();
  }
}
