// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.core.Keys;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps clients out while the cluster has not got its state yet. One that was founded anew on the
 * data folders of another has none until it is imported: to clients it would look as if everything
 * had been deleted, and what they wrote would stand in the way of the import. Fed by the watch of
 * this node. Thread-safe.
 */
public final class AwaitedImport implements WatchListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AwaitedImport.class);
  private static final Duration ASK = Duration.ofSeconds(5);

  private final Coordinator coordinator;
  private final Optional<String> former;
  private final Coordinator.Watch watch;
  private volatile Optional<ImportEntry> known = Optional.empty();

  /** Of what is known. */
  private long revision;

  /**
   * @param former the cluster that all founders of this one came from; empty when there was none
   */
  public AwaitedImport(Coordinator coordinator, Optional<String> former) {
    this.coordinator = coordinator;
    this.former = former;
    this.watch = coordinator.watch(Keys.CLUSTER_IMPORT.value(), this);
  }

  /**
   * @param detail why
   * @param next what the operator does
   */
  public record Wait(String detail, String next) {}

  @Override
  public void started(long revision) {
    look();
    warning().ifPresent(LOG::warn);
  }

  @Override
  public void resync(long revision) {
    look();
  }

  private void look() {
    learn(coordinator.readLocal(Keys.CLUSTER_IMPORT).observation());
  }

  /** A read that was answered before, and comes after the watch has told more, changes nothing. */
  private synchronized void learn(Observation seen) {
    if (seen.revision() >= revision) {
      revision = seen.revision();
      known = ImportEntry.decode(seen);
    }
  }

  @Override
  public void changed(List<Observation> observations) {
    observations.stream()
        .filter(seen -> seen.key().equals(Keys.CLUSTER_IMPORT))
        .forEach(this::learn);
  }

  public boolean isOver() {
    // Before anything is applied here a founder knows by itself.
    return known.map(entry -> entry.state() == ImportEntry.State.DONE).orElse(former.isEmpty());
  }

  /** For operators; empty when nothing is awaited. */
  public Optional<String> warning() {
    return isOver() ? Optional.empty() : Optional.of(detail() + ". " + next());
  }

  private String detail() {
    Optional<ImportEntry> entry = known;
    if (entry.filter(one -> one.state() == ImportEntry.State.BEGUN).isPresent()) {
      return "The import of a state into this cluster has begun and is not done";
    }
    String from =
        entry.flatMap(one -> Optional.ofNullable(one.from())).or(() -> former).orElse("another");
    return ("This cluster was founded anew on the data folders of cluster %s, and the state of that"
            + " one is not imported yet")
        .formatted(from);
  }

  private static String next() {
    return "Run: holdfast cluster import FILE, with what 'holdfast cluster export' saved.";
  }

  /** What clients are told while they have to wait; empty when they need not. */
  public Optional<Wait> refusal() {
    return isOver() || isOverElsewhere()
        ? Optional.empty()
        : Optional.of(new Wait(detail(), next()));
  }

  /** A refusal needs proof (R4): the import may be over, and this node may not have heard of it. */
  private boolean isOverElsewhere() {
    try {
      learn(coordinator.read(Keys.CLUSTER_IMPORT, ASK));
      return isOver();
    } catch (CoordinatorException e) {
      LOG.debug("Nobody says whether the import is over", e);
      return false;
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
