// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The heads of objects and the leases of uploads, as the cluster agrees on them. What the
 * coordinator throws becomes an {@link ObjectException}.
 */
final class Agreement {
  private final Coordinator coordinator;
  private final Duration timeout;

  Agreement(Coordinator coordinator, Duration timeout) {
    this.coordinator = coordinator;
    this.timeout = timeout;
  }

  /** Linearizable. */
  Observation observe(ObjectKey key) {
    return read(List.of(key.entry())).getFirst();
  }

  /** Linearizable. */
  List<Observation> read(List<EntryKey> keys) {
    try {
      return coordinator.read(keys, timeout);
    } catch (UnavailableException e) {
      throw new ObjectException.Unavailable(e);
    }
  }

  Coordinator.Page scan(String prefix, @Nullable EntryKey after, int limit) {
    try {
      return coordinator.scan(prefix, after, limit, timeout);
    } catch (UnavailableException e) {
      throw new ObjectException.Unavailable(e);
    }
  }

  CommitResult commit(ObjectKey key, Transaction transaction) {
    return commit("The write of " + key, transaction);
  }

  /**
   * @param what begins the sentence that says that its outcome is unknown
   */
  CommitResult commit(String what, Transaction transaction) {
    try {
      return coordinator.commit(transaction, timeout);
    } catch (UnavailableException e) {
      throw new ObjectException.Unavailable(e);
    } catch (OutcomeUnknownException e) {
      throw new ObjectException.OutcomeUnknown(what, e);
    }
  }

  static Optional<HeadRecord> head(Observation observation) {
    return Optional.ofNullable(observation.entry()).map(entry -> HeadRecord.decode(entry.value()));
  }
}
