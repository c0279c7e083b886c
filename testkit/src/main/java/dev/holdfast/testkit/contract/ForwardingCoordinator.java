// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorStatus;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.Voters;
import dev.holdfast.spi.coordinator.WatchListener;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Passes everything on, for views of a coordinator that differ in one thing: a broken variant, a
 * fault on the way. What the contract derives from another method stays derived: {@code
 * commitAsync} runs {@link #commit} as overridden; a leader and events are not passed on.
 */
public class ForwardingCoordinator implements Coordinator {
  private final Coordinator inner;

  protected ForwardingCoordinator(Coordinator inner) {
    this.inner = inner;
  }

  protected final Coordinator inner() {
    return inner;
  }

  @Override
  public List<Observation> read(List<EntryKey> keys, Duration timeout) {
    return inner.read(keys, timeout);
  }

  @Override
  public LocalObservation readLocal(EntryKey key) {
    return inner.readLocal(key);
  }

  @Override
  public Page scan(String prefix, @Nullable EntryKey after, int limit, Duration timeout) {
    return inner.scan(prefix, after, limit, timeout);
  }

  @Override
  public Page scanLocal(String prefix, @Nullable EntryKey after, int limit) {
    return inner.scanLocal(prefix, after, limit);
  }

  @Override
  public CommitResult commit(Transaction transaction, Duration timeout) {
    return inner.commit(transaction, timeout);
  }

  @Override
  public long raiseRevision(long base, Duration timeout) {
    return inner.raiseRevision(base, timeout);
  }

  @Override
  public Watch watch(String prefix, WatchListener listener) {
    return inner.watch(prefix, listener);
  }

  @Override
  public NodeLease lease() {
    return inner.lease();
  }

  @Override
  public CoordinatorStatus status() {
    return inner.status();
  }

  @Override
  public Optional<Voters> voters() {
    return inner.voters();
  }

  @Override
  public void close() {
    inner.close();
  }
}
