// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.WatchListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Coordinators with one promise broken each. The contract must catch every one of them. */
final class BrokenCoordinators {
  private BrokenCoordinators() {}

  /** Answers every third read of a key from what it saw before, as a lagging follower would. */
  static final class StaleRead extends ForwardingCoordinator {
    private final Map<List<EntryKey>, List<Observation>> seen = new ConcurrentHashMap<>();
    private final AtomicInteger reads = new AtomicInteger();

    StaleRead(Coordinator inner) {
      super(inner);
    }

    @Override
    public List<Observation> read(List<EntryKey> keys, Duration timeout) {
      List<Observation> now = super.read(keys, timeout);
      List<Observation> before = seen.put(keys, now);
      return before != null && reads.incrementAndGet() % 3 == 0 ? before : now;
    }
  }

  /** Reads key by key: what it answers never was at one moment. */
  static final class TornRead extends ForwardingCoordinator {
    TornRead(Coordinator inner) {
      super(inner);
    }

    @Override
    public List<Observation> read(List<EntryKey> keys, Duration timeout) {
      List<Observation> answers = new ArrayList<>();
      for (EntryKey key : keys) {
        answers.addAll(super.read(List.of(key), timeout));
        LockSupport.parkNanos(20_000);
      }
      return answers;
    }
  }

  /** Repeats a commit of which it does not know whether it was applied. */
  static final class RepeatsBlindly extends ForwardingCoordinator {
    RepeatsBlindly(Coordinator inner) {
      super(inner);
    }

    @Override
    public CommitResult commit(Transaction transaction, Duration timeout) {
      try {
        return super.commit(transaction, timeout);
      } catch (OutcomeUnknownException _) {
        return super.commit(transaction, timeout);
      }
    }
  }

  /** Loses every seventh call of a watch. */
  static final class LostWatchEvent extends ForwardingCoordinator {
    LostWatchEvent(Coordinator inner) {
      super(inner);
    }

    @Override
    public Watch watch(String prefix, WatchListener listener) {
      AtomicInteger calls = new AtomicInteger();
      return super.watch(
          prefix,
          new WatchListener() {
            @Override
            public void started(long revision) {
              listener.started(revision);
            }

            @Override
            public void changed(List<Observation> observations) {
              if (calls.incrementAndGet() % 7 != 0) {
                listener.changed(observations);
              }
            }

            @Override
            public void resync(long revision) {
              listener.resync(revision);
            }
          });
    }
  }

  /** Commits whatever the conditions say. */
  static final class CommitWithoutCheck extends ForwardingCoordinator {
    CommitWithoutCheck(Coordinator inner) {
      super(inner);
    }

    @Override
    public CommitResult commit(Transaction transaction, Duration timeout) {
      return super.commit(new Transaction(List.of(), transaction.changes()), timeout);
    }
  }

  /** Judges an absence without its history: the deletions between do not count. */
  static final class ForgetsDeletions extends ForwardingCoordinator {
    ForgetsDeletions(Coordinator inner) {
      super(inner);
    }

    @Override
    public CommitResult commit(Transaction transaction, Duration timeout) {
      List<Condition> laxer =
          transaction.conditions().stream()
              .map(condition ->
                  condition instanceof Condition.AbsentSince absent
                      ? new Condition.AbsentSince(absent.key(), Long.MAX_VALUE)
                      : condition)
              .toList();
      return super.commit(new Transaction(laxer, transaction.changes()), timeout);
    }
  }

  /** Leaves out deletions of keys that are absent. */
  static final class SkipsDeletionsOfAbsentKeys extends ForwardingCoordinator {
    SkipsDeletionsOfAbsentKeys(Coordinator inner) {
      super(inner);
    }

    @Override
    public CommitResult commit(Transaction transaction, Duration timeout) {
      List<Change> changes =
          transaction.changes().stream()
              .filter(change ->
                  !(change instanceof Change.Delete) || read(change.key(), timeout).isPresent())
              .toList();
      return super.commit(new Transaction(transaction.conditions(), changes), timeout);
    }
  }

  /** Applies the changes of one transaction one by one. */
  static final class NotAtomic extends ForwardingCoordinator {
    NotAtomic(Coordinator inner) {
      super(inner);
    }

    @Override
    public CommitResult commit(Transaction transaction, Duration timeout) {
      CommitResult result = super.commit(transaction, timeout);
      if (result instanceof CommitResult.Conflict) {
        for (Change change : transaction.changes()) {
          List<Condition> own =
              transaction.conditions().stream().filter(c -> c.key().equals(change.key())).toList();
          if (!own.isEmpty()) {
            var _ = super.commit(new Transaction(own, List.of(change)), timeout);
          }
        }
      }
      return result;
    }
  }

  /** Counts versions from one again when a key is made again, as ZooKeeper does. */
  static final class VersionReused extends ForwardingCoordinator {
    /** Per key, the true versions since it was made; the place in the list is the broken one. */
    private final Map<EntryKey, List<Long>> lives;

    VersionReused(Coordinator inner, Map<EntryKey, List<Long>> lives) {
      super(inner);
      this.lives = lives;
    }

    @Override
    public List<Observation> read(List<EntryKey> keys, Duration timeout) {
      synchronized (lives) {
        return super.read(keys, timeout).stream().map(this::counted).toList();
      }
    }

    @Override
    public CommitResult commit(Transaction transaction, Duration timeout) {
      synchronized (lives) {
        List<Condition> real = transaction.conditions().stream().map(this::real).toList();
        CommitResult result = super.commit(new Transaction(real, transaction.changes()), timeout);
        return switch (result) {
          case CommitResult.Committed committed -> {
            transaction.changes().forEach(change -> record(change, committed.revision()));
            yield committed;
          }
          case CommitResult.Conflict conflict ->
              new CommitResult.Conflict(conflict.failed().stream().map(this::counted).toList());
        };
      }
    }

    private void record(Change change, long version) {
      if (change instanceof Change.Delete) {
        lives.remove(change.key());
      } else {
        lives.computeIfAbsent(change.key(), _ -> new ArrayList<>()).add(version);
      }
    }

    private Condition real(Condition condition) {
      List<Long> versions = lives.getOrDefault(condition.key(), List.of());
      return condition instanceof Condition.AtVersion at
              && at.version() >= 1
              && at.version() <= versions.size()
          ? new Condition.AtVersion(at.key(), versions.get((int) at.version() - 1))
          : condition;
    }

    private Observation counted(Observation seen) {
      Entry entry = seen.entry();
      int count = lives.getOrDefault(seen.key(), List.of()).size();
      return entry == null
          ? seen
          : new Observation(
              seen.key(),
              new Entry(entry.key(), entry.value(), count, entry.revision()),
              seen.lastDeleted(),
              seen.revision());
    }
  }

  /** Writes leased entries as if they were not. */
  static final class LeaseNeverEnds extends ForwardingCoordinator {
    LeaseNeverEnds(Coordinator inner) {
      super(inner);
    }

    @Override
    public CommitResult commit(Transaction transaction, Duration timeout) {
      List<Change> changes =
          transaction.changes().stream()
              .map(change ->
                  change instanceof Change.PutLeased put
                      ? new Change.Put(put.key(), put.value())
                      : change)
              .toList();
      return super.commit(new Transaction(transaction.conditions(), changes), timeout);
    }
  }

  /** Answers while the commit is still in its queue; the next commit pushes it out. */
  static final class AnswersBeforeCommit extends ForwardingCoordinator {
    private final ConcurrentLinkedQueue<Transaction> queue = new ConcurrentLinkedQueue<>();

    AnswersBeforeCommit(Coordinator inner) {
      super(inner);
    }

    @Override
    public CommitResult commit(Transaction transaction, Duration timeout) {
      for (Transaction late = queue.poll(); late != null; late = queue.poll()) {
        var _ = super.commit(late, timeout);
      }
      long revision = status().appliedRevision();
      CommitResult check =
          super.commit(new Transaction(transaction.conditions(), List.of()), timeout);
      if (check instanceof CommitResult.Conflict || transaction.changes().isEmpty()) {
        return check;
      }
      queue.add(transaction);
      return new CommitResult.Committed(revision + 1);
    }
  }

  /** Goes on after the key behind the border of a page. */
  static final class ScanLosesABorder extends ForwardingCoordinator {
    ScanLosesABorder(Coordinator inner) {
      super(inner);
    }

    @Override
    public Page scan(String prefix, @Nullable EntryKey after, int limit, Duration timeout) {
      Page page = super.scan(prefix, after, limit, timeout);
      List<Entry> entries = page.entries();
      return page.next() == null
          ? page
          : new Page(entries.subList(0, entries.size() - 1), page.next(), page.revision());
    }
  }

  /** Reports a conflict without what the keys hold now. */
  static final class ConflictFromBefore extends ForwardingCoordinator {
    private final Map<EntryKey, Observation> firstSeen = new HashMap<>();

    ConflictFromBefore(Coordinator inner) {
      super(inner);
    }

    @Override
    public List<Observation> read(List<EntryKey> keys, Duration timeout) {
      List<Observation> answers = super.read(keys, timeout);
      synchronized (firstSeen) {
        answers.forEach(seen -> firstSeen.putIfAbsent(seen.key(), seen));
      }
      return answers;
    }

    @Override
    public CommitResult commit(Transaction transaction, Duration timeout) {
      CommitResult result = super.commit(transaction, timeout);
      if (!(result instanceof CommitResult.Conflict conflict)) {
        return result;
      }
      synchronized (firstSeen) {
        return new CommitResult.Conflict(
            conflict.failed().stream()
                .map(seen -> firstSeen.getOrDefault(seen.key(), seen))
                .toList());
      }
    }
  }
}
