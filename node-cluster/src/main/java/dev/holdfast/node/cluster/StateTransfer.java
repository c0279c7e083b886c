// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.LockFence;
import dev.holdfast.node.cluster.ImportEntry.State;
import dev.holdfast.protocol.ClusterBodies;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The agreed state moves from one coordinator to another, without sessions, locks and what belongs
 * to the nodes. Tokens go on rising, since the importing cluster raises its revision above all that
 * the other ever told (R9).
 *
 * <p>{@link ImportEntry} says how far an import is, in the cluster: so one that broke off goes on
 * with the same file, one that is done is not made again over what was written or deleted since,
 * and {@link AwaitedImport} keeps clients out until then.
 */
public final class StateTransfer {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int PAGE = 1_000;
  private static final int TRIES_MAX = 20;

  /** Below the limits of a transaction, 128 changes and 1 MiB. */
  private static final int BATCH_ENTRIES = 100;

  private static final int BATCH_BYTES = 256 << 10;

  private final Coordinator coordinator;
  private final String cluster;

  /**
   * @param cluster the id of this one, which its exports carry
   */
  public StateTransfer(Coordinator coordinator, String cluster) {
    this.coordinator = coordinator;
    this.cluster = cluster;
  }

  /** A scan is no moment in time, but one during which nothing was committed is. */
  void export(Path file) throws IOException {
    for (int i = 0; i < TRIES_MAX; i++) {
      long before = revision();
      try (StateFile.Writer out = new StateFile.Writer(file)) {
        long fence = writeAll(out);
        if (revision() == before) {
          out.finish(new StateFile.Head(before, Math.max(before, fence) + 1, cluster));
          return;
        }
      }
    }
    throw refused(new TransferRefusal.Busy(TRIES_MAX));
  }

  private long revision() {
    return coordinator.read(Keys.CLUSTER_MAP, TIMEOUT).revision();
  }

  /** Returns the highest token of all locks. */
  private long writeAll(StateFile.Writer out) throws IOException {
    long fence = 0;
    @Nullable EntryKey after = null;
    do {
      Coordinator.Page page = coordinator.scan("", after, PAGE, TIMEOUT);
      for (Entry entry : page.entries()) {
        String key = entry.key().value();
        if (key.startsWith(Keys.LOCKS)) {
          fence = Math.max(fence, LockFence.of(entry.value()));
        } else if (StateFile.moves(key)) {
          out.entry(entry.key(), entry.value().toArray());
        }
      }
      after = page.next();
    } while (after != null);
    return fence;
  }

  /** Takes what an export wrote. */
  ClusterBodies.Imported importFrom(Path file) throws IOException {
    return importFrom(file, checked(file));
  }

  /** Nothing to wait for: the operator has no state, or wants none. */
  ClusterBodies.Imported beginEmpty() {
    Observation seen = coordinator.read(Keys.CLUSTER_IMPORT, TIMEOUT);
    Optional<ImportEntry> before = ImportEntry.decode(seen);
    if (before.filter(one -> one.is(State.DONE, "")).isPresent()) {
      return new ClusterBodies.Imported(0, 0, seen.revision()); // A repeated request.
    }
    if (before.filter(one -> one.state() == State.AWAITED).isEmpty()) {
      throw refused(new TransferRefusal.NotAwaited());
    }
    return new ClusterBodies.Imported(0, 0, write(seen, ImportEntry.done("")));
  }

  private ClusterBodies.Imported importFrom(Path file, StateFile.Checked checked)
      throws IOException {
    Observation seen = coordinator.read(Keys.CLUSTER_IMPORT, TIMEOUT);
    Optional<ImportEntry> before = ImportEntry.decode(seen);
    StateFile.Head head = checked.head();
    if (before.filter(one -> one.is(State.BEGUN, checked.sha256())).isEmpty()) {
      requireNoOther(before);
      requireOfFormer(before, head);
      long there = count();
      boolean isKnown = before.filter(one -> one.is(State.DONE, checked.sha256())).isPresent();
      if (there != 0 || isKnown) {
        // The same state once more is no harm, and may be a repeated request.
        if (there != checked.entries() || !isAllThere(file)) {
          throw isKnown ? importedBefore() : notEmpty();
        }
        return new ClusterBodies.Imported(checked.entries(), head.revision(), raise(head.base()));
      }
    }
    long revision = raise(head.base());
    // From here on until the end clients are kept out, and only this file can be imported.
    if (before.filter(one -> one.is(State.BEGUN, checked.sha256())).isEmpty()) {
      var _ = write(seen, ImportEntry.begun(checked.sha256()));
    }
    long entries = putAll(file);
    finish(checked.sha256());
    return new ClusterBodies.Imported(entries, head.revision(), revision);
  }

  private static void requireNoOther(Optional<ImportEntry> before) {
    if (before.filter(one -> one.state() == State.BEGUN).isPresent()) {
      throw underWay();
    }
  }

  /** An older export of the nodes' history would bring back what was deleted, and low tokens. */
  private static void requireOfFormer(Optional<ImportEntry> before, StateFile.Head head) {
    String former = before.flatMap(one -> Optional.ofNullable(one.from())).orElse("");
    if (!former.isEmpty() && !head.cluster().isEmpty() && !head.cluster().equals(former)) {
      throw refused(new TransferRefusal.OtherExport(head.cluster(), former));
    }
  }

  private static StateFile.Checked checked(Path file) {
    try {
      return StateFileCheck.check(file);
    } catch (IOException e) {
      throw new TransferRefusedException(
          new TransferRefusal.BadFile(String.valueOf(e.getMessage())), e);
    }
  }

  private long count() {
    long there = 0;
    @Nullable EntryKey after = null;
    do {
      Coordinator.Page page = coordinator.scan("", after, PAGE, TIMEOUT);
      there +=
          page.entries().stream().filter(entry -> StateFile.moves(entry.key().value())).count();
      after = page.next();
    } while (after != null);
    return there;
  }

  private boolean isAllThere(Path file) throws IOException {
    try (StateFile.Reader in = new StateFile.Reader(file)) {
      for (List<StateFile.Line> lines = next(in); !lines.isEmpty(); lines = next(in)) {
        List<Observation> seen = read(lines);
        for (int i = 0; i < lines.size(); i++) {
          Entry entry = seen.get(i).entry();
          if (entry == null || !entry.value().equals(lines.get(i).value())) {
            return false;
          }
        }
      }
      return true;
    }
  }

  private static List<StateFile.Line> next(StateFile.Reader in) throws IOException {
    return in.next(BATCH_ENTRIES, BATCH_BYTES);
  }

  private List<Observation> read(List<StateFile.Line> lines) {
    return coordinator.read(lines.stream().map(line -> new EntryKey(line.key())).toList(), TIMEOUT);
  }

  private long raise(long base) {
    try {
      return coordinator.raiseRevision(base, TIMEOUT);
    } catch (UnsupportedOperationException e) {
      throw new TransferRefusedException(new TransferRefusal.NotHere(), e);
    }
  }

  /** Returns the revision of the commit. */
  private long write(Observation seen, ImportEntry next) {
    Transaction put =
        new Transaction(
            List.of(seen.unchanged()), List.of(new Change.Put(Keys.CLUSTER_IMPORT, next.encode())));
    if (coordinator.commit(put, TIMEOUT) instanceof CommitResult.Committed committed) {
      return committed.revision();
    }
    throw underWay();
  }

  /** Perhaps together with another request that imported the same. */
  private void finish(String sha256) {
    Observation seen = coordinator.read(Keys.CLUSTER_IMPORT, TIMEOUT);
    Optional<ImportEntry> now = ImportEntry.decode(seen);
    if (now.filter(one -> one.is(State.DONE, sha256)).isEmpty()) {
      if (now.filter(one -> one.is(State.BEGUN, sha256)).isEmpty()) {
        throw underWay();
      }
      var _ = write(seen, ImportEntry.done(sha256));
    }
  }

  private long putAll(Path file) throws IOException {
    long entries = 0;
    try (StateFile.Reader in = new StateFile.Reader(file)) {
      for (List<StateFile.Line> lines = next(in); !lines.isEmpty(); lines = next(in)) {
        put(lines);
        entries += lines.size();
      }
    }
    return entries;
  }

  private void put(List<StateFile.Line> lines) {
    List<Condition> conditions = new ArrayList<>();
    List<Change> changes = new ArrayList<>();
    List<Observation> seen = read(lines);
    for (int i = 0; i < lines.size(); i++) {
      Entry entry = seen.get(i).entry();
      Bytes value = lines.get(i).value();
      if (entry == null) {
        conditions.add(seen.get(i).unchanged());
        changes.add(new Change.Put(seen.get(i).key(), value));
      } else if (!entry.value().equals(value)) {
        throw notEmpty();
      }
    }
    if (!changes.isEmpty()
        && !(coordinator.commit(new Transaction(conditions, changes), TIMEOUT)
            instanceof CommitResult.Committed)) {
      throw underWay();
    }
  }

  private static TransferRefusedException underWay() {
    return refused(new TransferRefusal.Begun());
  }

  private static TransferRefusedException importedBefore() {
    return refused(new TransferRefusal.ImportedBefore());
  }

  private static TransferRefusedException notEmpty() {
    return refused(new TransferRefusal.NotEmpty());
  }

  private static TransferRefusedException refused(TransferRefusal why) {
    return new TransferRefusedException(why, null);
  }
}
