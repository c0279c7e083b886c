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

  /**
   * What this node has applied: older than what others may know by now. For a write that goes on
   * from it, since the commit compares; never for an answer.
   */
  Observation glance(ObjectKey key) {
    return coordinator.readLocal(key.entry()).observation();
  }

  /** How far deletions are forgotten, linearizable, and the revision at which it was so. */
  Observation horizon() {
    try {
      return coordinator.read(ReapingHorizon.ENTRY, timeout);
    } catch (UnavailableException e) {
      throw new ObjectException.Unavailable(e);
    }
  }

  /**
   * What a new root of a key hashes (R25), 0 when it was never reaped.
   *
   * @param absent the key as it was observed
   */
  long lastReaping(Observation absent) {
    // A key that was never deleted costs no second read, and what this process has applied is
    // enough when it is not older than what was seen of the key: a reaping raises both at once.
    if (absent.lastDeleted() == 0) {
      return 0;
    }
    Observation known = coordinator.readLocal(ReapingHorizon.ENTRY).observation();
    Observation horizon = known.revision() >= absent.revision() ? known : horizon();
    return ReapingHorizon.of(horizon).lastReapingOf(absent);
  }

  /** The same as far as this process knows, for a node that is cut off. */
  long lastReapingKnown(ObjectKey key) {
    Observation horizon = coordinator.readLocal(ReapingHorizon.ENTRY).observation();
    return ReapingHorizon.of(horizon)
        .lastReapingOf(coordinator.readLocal(key.entry()).observation());
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
