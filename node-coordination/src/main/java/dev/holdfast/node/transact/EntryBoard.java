package dev.holdfast.node.transact;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
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
  private final Interests<EntryKey, Consumer<Observation>> interests = new Interests<>();
  private final Coordinator.Watch watch;

  /**
   * @param prefix of the keys that can be followed
   */
  public EntryBoard(Coordinator coordinator, String prefix) {
    this.coordinator = coordinator;
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
      interests.in(observation.key()).forEach(listener -> listener.accept(observation));
    }
  }

  @Override
  public void resync(long revision) {
    tellAll();
  }

  private void tellAll() {
    interests.forEach((key, listeners) -> {
      Observation now = coordinator.readLocal(key).observation();
      listeners.forEach(listener -> listener.accept(now));
    });
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
