// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.List;
import java.util.function.Consumer;

/**
 * Tells those who are interested in an entry how it is after each change. Fed by this node's watch,
 * so it works whoever the home of the entry is, and after that home has died.
 */
public final class EntryBoard implements WatchListener, AutoCloseable {
  private final Coordinator coordinator;
  private final Interests<EntryKey, Consumer<Observation>> interests;
  private final Coordinator.Watch watch;

  /**
   * @param prefix of the keys that can be followed
   */
  public EntryBoard(Coordinator coordinator, String prefix, Meter meter) {
    this.coordinator = coordinator;
    this.interests = new Interests<>(meter);
    this.watch = coordinator.watch(prefix, this);
  }

  /**
   * Tells the listener about every later change of an entry, on the watch thread: be quick. The
   * first calls may be about changes that were committed before; see their revision.
   *
   * @return close it to end the interest
   */
  public Interest follow(EntryKey key, Consumer<Observation> listener) {
    interests.add(key, listener);
    return () -> interests.remove(key, listener);
  }

  @Override
  public void started(long revision) {
    tellAll();
  }

  @Override
  public void changed(List<Observation> observations) {
    for (Observation observation : observations) {
      interests.tell(observation.key(), listener -> listener.accept(observation));
    }
  }

  @Override
  public void resync(long revision) {
    tellAll();
  }

  private void tellAll() {
    interests.tellAll((key, listener) -> listener.accept(coordinator.readLocal(key).observation()));
  }

  /** Interests that have not ended. */
  public long count() {
    return interests.count();
  }

  @Override
  public void close() {
    watch.close();
  }

  /** Ends an interest. */
  @FunctionalInterface
  public interface Interest extends AutoCloseable {
    @Override
    void close();
  }
}
