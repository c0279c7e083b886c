// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.coordinator.raft.Command.Batch;
import dev.holdfast.coordinator.raft.Command.Check;
import dev.holdfast.coordinator.raft.Command.Edit;
import dev.holdfast.spi.Bytes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The replicated state. {@link #apply} is a pure function of the state and the log entry, so all
 * replicas stay equal; nothing in it may depend on this process.
 *
 * <p>Changes go to the newest {@link Overlay}; the checkpoint seals it, writes it to {@link
 * LmdbTable} and lets it go. A reader looks at the overlays first, newest first, then at LMDB.
 * Apply, seal and let-go hold the write lock, readers the read lock, so a reader always sees one
 * revision.
 */
final class KeyTable {
  /**
   * Deletions that are remembered, and so the bound of what deleted keys take on disk.
   *
   * <p>The rule: the last so many deletions have a mark each; all older ones are one number, the
   * <em>floor</em>, at or above which each of them was. A condition {@code absent since r} fails
   * for any absent key when r is below the floor, whether that key ever existed or not. So a
   * request that names a revision from before the floor is refused as stale and is sent again with
   * a newer one; no forgotten deletion can let a late one in (R5, R12). Every observation names at
   * least the floor as its {@code deleted}, and its revision is not below it, so whoever reads
   * first is never stale.
   *
   * <p>The floor rises while entries are applied and depends on nothing else. No option: all
   * replicas must forget at the same log entry, or they would judge the same condition differently.
   */
  static final long MARKS_MAX = 1_000_000;

  /** A conflict says what it found up to this size; the caller reads larger values itself. */
  private static final int SEEN_BYTES_MAX = 64 * 1024;

  private static final int ANSWER_BYTES_MAX = 2 << 20;

  /** Nodes whose last batch is remembered; those that were quiet longest go first. */
  private static final int ORIGINS_MAX = 64;

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final long marksMax;
  private final ChangeSink sink;

  private LmdbTable disk;
  private Overlay current = new Overlay();
  private @Nullable Overlay sealed;

  private long term;
  private long index;
  private long revision;
  private MarkCounter marks;
  private volatile long overlayBytes;
  private final Map<String, TableMeta.Origin> origins = new LinkedHashMap<>();
  private final LeaseTable leases = new LeaseTable();

  /** Told of changes under the lock: it must only queue them. */
  interface ChangeSink {
    void changed(List<Slot> slots, long floor, long revision);
  }

  KeyTable(LmdbTable disk, long marksMax, ChangeSink sink) {
    this.disk = disk;
    this.marksMax = marksMax;
    this.sink = sink;
    this.marks = new MarkCounter(marksMax, TableMeta.Marks.EMPTY);
    load();
  }

  private void load() {
    TableMeta meta = disk.meta();
    term = meta.term();
    index = meta.index();
    revision = meta.revision();
    marks = new MarkCounter(marksMax, meta.marks());
    origins.clear();
    origins.putAll(meta.origins());
    leases.load(meta, disk.leasedKeys());
  }

  /** Swaps in the table of an installed snapshot. Returns the old one, which nobody reads now. */
  LmdbTable replace(LmdbTable installed) {
    lock.writeLock().lock();
    try {
      LmdbTable old = disk;
      disk = installed;
      current = new Overlay();
      sealed = null;
      measure();
      load();
      return old;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Applies one log entry; called by one thread, in log order. Returns the answers of each. */
  List<byte[]> apply(long entryTerm, long entryIndex, List<Batch> batches) {
    lock.writeLock().lock();
    try {
      moveTo(entryTerm, entryIndex);
      List<byte[]> answers = new ArrayList<>(batches.size());
      for (Batch batch : batches) {
        answers.add(apply(entryTerm, entryIndex, batch));
      }
      return answers;
    } finally {
      lock.writeLock().unlock();
    }
  }

  private byte[] apply(long entryTerm, long entryIndex, Batch batch) {
    TableMeta.Origin last = origins.get(batch.origin());
    if (last != null && batch.sequence() <= last.sequence()) {
      return batch.sequence() == last.sequence()
          ? last.answers().toArray()
          : LogCodec.encodeAnswers(List.of());
    }
    try (Apply run = new Apply(entryTerm)) {
      List<Answer> answers = new ArrayList<>(batch.commands().size());
      for (Command command : batch.commands()) {
        answers.add(run.apply(command));
      }
      byte[] encoded = LogCodec.encodeAnswers(answers);
      remember(batch, entryIndex, Bytes.wrap(encoded));
      measure();
      if (!run.changed.isEmpty()) {
        sink.changed(run.changed, marks.floor(), revision);
      }
      return encoded;
    }
  }

  private void remember(Batch batch, long entryIndex, Bytes answers) {
    origins.remove(batch.origin());
    origins.put(batch.origin(), new TableMeta.Origin(batch.sequence(), entryIndex, answers));
    while (origins.size() > ORIGINS_MAX) {
      origins.remove(origins.keySet().iterator().next());
    }
  }

  /** A log entry of Raft itself was applied. */
  void advance(long entryTerm, long entryIndex) {
    lock.writeLock().lock();
    try {
      moveTo(entryTerm, entryIndex);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void moveTo(long entryTerm, long entryIndex) {
    if (entryIndex <= index) {
      throw new IllegalStateException(
          "Log entry " + entryIndex + " comes again: the table holds all up to " + index);
    }
    term = entryTerm;
    index = entryIndex;
  }

  /** One log entry under way. */
  private final class Apply implements AutoCloseable {
    private final long entryTerm;
    private final List<Slot> changed = new ArrayList<>();
    private final Look look = new Look();
    private int answerBytes;

    Apply(long entryTerm) {
      this.entryTerm = entryTerm;
    }

    Answer apply(Command command) {
      return switch (command) {
        case Command.Commit commit -> commit(commit);
        case Command.OpenLease open -> open(open);
        case Command.EndLease end -> end(end.lease());
        case Command.ExpireLease expire ->
            expire.term() == entryTerm ? end(expire.lease()) : new Answer.LeaseEnded();
        case Command.RaiseRevision raise -> {
          revision = Math.max(revision, raise.base());
          yield new Answer.Committed(revision);
        }
      };
    }

    private Answer commit(Command.Commit commit) {
      List<Answer.Seen> failed = new ArrayList<>();
      Set<Bytes> failedKeys = new HashSet<>();
      for (Check check : commit.checks()) {
        Slot slot = find(check.key());
        if (!holds(check, slot) && failedKeys.add(check.key())) {
          failed.add(seen(slot));
        }
      }
      if (!failed.isEmpty()) {
        return new Answer.Conflict(failed);
      }
      boolean leaseMissing = !leases.isAlive(commit.lease());
      if (leaseMissing
          && commit.edits().stream().anyMatch(e -> e.kind() == Command.EditKind.PUT_LEASED)) {
        return new Answer.LeaseGone();
      }
      if (!commit.edits().isEmpty()) {
        revision++;
        for (Edit edit : commit.edits()) {
          edit(edit, commit.lease());
        }
      }
      return new Answer.Committed(revision);
    }

    private boolean holds(Check check, Slot slot) {
      return switch (check.kind()) {
        case ABSENT_SINCE ->
            !slot.isPresent() && Math.max(slot.deleted(), marks.floor()) <= check.number();
        case EXISTS -> slot.isPresent();
        case AT_VERSION -> slot.isPresent() && slot.version() == check.number();
      };
    }

    private Answer.Seen seen(Slot slot) {
      Bytes value = slot.value();
      long deleted = Math.max(slot.deleted(), marks.floor());
      boolean omitted =
          value != null
              && (value.length() > SEEN_BYTES_MAX
                  || answerBytes + value.length() > ANSWER_BYTES_MAX);
      if (value != null && !omitted) {
        answerBytes += value.length();
      }
      return new Answer.Seen(
          slot.key(), omitted ? null : value, slot.version(), deleted, revision, omitted);
    }

    private void edit(Edit edit, long lease) {
      Slot before = find(edit.key());
      switch (edit.kind()) {
        case PUT -> set(new Slot(edit.key(), edit.value(), revision, 0, before.deleted()), before);
        case PUT_LEASED ->
            set(new Slot(edit.key(), edit.value(), revision, lease, before.deleted()), before);
        case DELETE -> delete(before);
      }
    }

    private void delete(Slot before) {
      marks.add(revision);
      set(Slot.absent(before.key(), revision), before);
    }

    private void set(Slot slot, Slot before) {
      leases.move(slot.key(), before.lease(), slot.lease());
      current.put(StoredKey.of(slot.key()), slot);
      changed.add(slot);
    }

    private Answer open(Command.OpenLease open) {
      leases.of(open.nodeId()).forEach(this::end);
      return new Answer.LeaseOpened(leases.open(open.nodeId(), open.ttlMillis()));
    }

    private Answer end(long lease) {
      List<Bytes> keys = leases.end(lease);
      if (!keys.isEmpty()) {
        revision++;
        keys.forEach(key -> delete(find(key)));
      }
      return new Answer.LeaseEnded();
    }

    private Slot find(Bytes key) {
      return look.find(key);
    }

    @Override
    public void close() {
      look.close();
    }
  }

  /** Finds slots, and opens LMDB only when an overlay does not have one. */
  private final class Look implements AutoCloseable {
    private LmdbTable.@Nullable View view;

    Slot find(Bytes key) {
      Bytes stored = StoredKey.of(key);
      Slot found = inOverlays(stored);
      if (found == null) {
        if (view == null) {
          view = disk.view();
        }
        found = view.get(stored, key);
      }
      return found != null ? found : Slot.absent(key, 0);
    }

    @Override
    public void close() {
      if (view != null) {
        view.close();
      }
    }
  }

  private @Nullable Slot inOverlays(Bytes stored) {
    Slot found = current.get(stored);
    return found == null && sealed != null ? sealed.get(stored) : found;
  }

  /** Several keys at one revision. */
  Found read(List<Bytes> keys) {
    lock.readLock().lock();
    try (Look look = new Look()) {
      List<Slot> slots = keys.stream().map(look::find).toList();
      return new Found(slots, marks.floor(), revision, index);
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Slots as they are at one revision.
   *
   * @param floor every key counts as deleted at it
   */
  record Found(List<Slot> slots, long floor, long revision, long index) {}

  /**
   * A piece of a scan, in stored order; entries only. At most {@code limit}, all at one revision.
   */
  Found scan(Bytes prefix, Bytes from, boolean inclusive, int limit) {
    lock.readLock().lock();
    try (LmdbTable.View view = disk.view()) {
      return new Found(
          ScanMerge.merge(view, overlays(), prefix, from, inclusive, limit),
          marks.floor(),
          revision,
          index);
    } finally {
      lock.readLock().unlock();
    }
  }

  private List<Overlay> overlays() {
    return sealed == null ? List.of(current) : List.of(current, sealed);
  }

  /** Runs while nothing can be applied, e.g. to begin a watch at an exact revision. */
  void atRevision(java.util.function.LongConsumer action) {
    lock.writeLock().lock();
    try {
      action.accept(revision);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * Begins a checkpoint: the newest overlay stops changing. Null when nothing was applied since.
   */
  @Nullable Sealed seal(long durableIndex) {
    lock.writeLock().lock();
    try {
      if (sealed != null) {
        throw new IllegalStateException("A checkpoint is under way");
      }
      if (index <= durableIndex) {
        return null;
      }
      sealed = current;
      current = new Overlay();
      return new Sealed(sealed, meta(), disk);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** What a checkpoint writes, and where. */
  record Sealed(Overlay overlay, TableMeta meta, LmdbTable disk) {}

  /** The sealed overlay is durable in LMDB. */
  void letGo() {
    lock.writeLock().lock();
    try {
      sealed = null;
      measure();
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** A copy of what is durable. The caller holds off checkpoints and swaps. */
  void copyDisk(java.nio.file.Path target) {
    disk.copyTo(target);
  }

  /** The table as of now; it is closed when a snapshot has replaced it. */
  LmdbTable disk() {
    lock.readLock().lock();
    try {
      return disk;
    } finally {
      lock.readLock().unlock();
    }
  }

  /** The last sequence that a node has used here, 0 when none is remembered. */
  long lastSequence(String origin) {
    lock.readLock().lock();
    try {
      TableMeta.Origin last = origins.get(origin);
      return last == null ? 0 : last.sequence();
    } finally {
      lock.readLock().unlock();
    }
  }

  void closeDisk() {
    disk.close();
  }

  private TableMeta meta() {
    return new TableMeta(
        term, index, revision, leases.next(), marks.snapshot(), origins, leases.all());
  }

  Map<Long, TableMeta.Lease> leases() {
    lock.readLock().lock();
    try {
      return leases.all();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Heap that the overlays take, roughly. Never blocks. */
  long overlayBytes() {
    return overlayBytes;
  }

  private void measure() {
    Overlay waiting = sealed;
    overlayBytes = current.heapBytes() + (waiting == null ? 0 : waiting.heapBytes());
  }

  Position position() {
    lock.readLock().lock();
    try {
      return new Position(term, index, revision);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** How far the log was applied. */
  record Position(long term, long index, long revision) {}
}
