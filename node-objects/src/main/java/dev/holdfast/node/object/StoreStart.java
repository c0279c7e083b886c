// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.Keys;
import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.core.replication.WritePlan;
import dev.holdfast.node.store.Starts;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the cluster count this start of the store, before its first write. A store whose disk knows
 * an earlier number than the cluster was restored from an old copy: its dots go on where nobody has
 * been, and commits that count a copy which it may have lost fail (R23). Thread-safe.
 */
final class StoreStart {
  private static final Logger log = LoggerFactory.getLogger(StoreStart.class);
  private static final int FORMAT = 1;
  private static final int TRIES_MAX = 16;

  private final String self;
  private final Coordinator coordinator;
  private final Starts starts;
  private final Duration timeout;

  /** One thread counts; the others wait for it, at most for a commit. */
  private final ReentrantLock counting = new ReentrantLock();

  StoreStart(String self, Coordinator coordinator, Starts starts, Duration timeout) {
    this.self = self;
    this.coordinator = coordinator;
    this.starts = starts;
    this.timeout = timeout;
  }

  static EntryKey entry(String node) {
    return new EntryKey(Keys.STARTS + node);
  }

  /**
   * Returns at once when it was counted already.
   *
   * @throws ObjectException.Unavailable when no majority answers
   */
  void ensureCounted() {
    if (starts.current() > 0) {
      return;
    }
    counting.lock();
    try {
      for (int i = 0; starts.current() == 0; i++) {
        count(i == TRIES_MAX);
      }
    } catch (UnavailableException e) {
      throw new ObjectException.Unavailable(e);
    } finally {
      counting.unlock();
    }
  }

  private void count(boolean isLast) {
    EntryKey mine = entry(self);
    List<Observation> seen = coordinator.read(List.of(mine, WritePlan.incarnation(self)), timeout);
    long known = number(seen.getFirst().entry());
    long onDisk = starts.last();
    long next = Math.max(known, onDisk) + 1;
    List<Change> changes = new ArrayList<>();
    changes.add(new Change.Put(mine, Bytes.wrap(new ByteWriter(FORMAT).number(next).toArray())));
    boolean isOld = known > onDisk;
    Entry incarnation = seen.getLast().entry();
    if (isOld && incarnation != null) {
      changes.add(new Change.Put(incarnation.key(), incarnation.value()));
    }
    List<Condition> unchanged = seen.stream().map(Observation::unchanged).toList();
    try {
      if (coordinator.commit(new Transaction(unchanged, changes), timeout)
          instanceof CommitResult.Committed) {
        if (isOld && onDisk > 0) {
          log.warn(
              "The disk of {} is older than what the cluster has seen of it (start {} of {}): was it"
                  + " restored? Its writes get numbers that nobody had, and it fetches what it lacks",
              self,
              onDisk,
              known);
        }
        starts.counted(next);
      } else if (isLast) {
        throw new UnavailableException("The start of " + self + " could not be counted");
      }
    } catch (OutcomeUnknownException e) {
      // A number that was counted and not used is lost, and nothing else.
      log.debug("Whether start {} is counted is unknown: it is done again", next, e);
      if (isLast) {
        throw new UnavailableException("The start of " + self + " could not be counted", e);
      }
    }
  }

  private static long number(@org.jspecify.annotations.Nullable Entry entry) {
    return entry == null
        ? 0
        : ByteReader.decode("The start of a store", FORMAT, entry.value(), ByteReader::number);
  }
}
