package dev.holdfast.node.store;

import dev.holdfast.core.transition.UnreadableEntryException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Txn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The persisted queue of copies that are missing: each {@link Intent} stands in it once. */
final class QueueRows {
  private static final Logger log = LoggerFactory.getLogger(QueueRows.class);

  /** Beyond it the catch-up, which compares states, has to find what is missing. */
  private static final long QUEUE_MAX = 1_000_000;

  private final Lmdb lmdb;
  private final Counters counters;

  QueueRows(Lmdb lmdb, Counters counters) {
    this.lmdb = lmdb;
    this.counters = counters;
  }

  /** False when it is there already, or there is no room. */
  boolean add(Txn<byte[]> txn, Intent intent) {
    byte[] hash = intent.hash();
    if (lmdb.queued.get(txn, hash) != null) {
      return false;
    }
    if (lmdb.queue.stat(txn).entries >= QUEUE_MAX) {
      log.warn("The replication queue is full: {} waits for the next catch-up", intent);
      return false;
    }
    byte[] sequence = number(counters.advance(txn, Counters.QUEUE, 1));
    lmdb.queue.put(txn, sequence, Sealed.seal(sequence, intent.encode()));
    lmdb.queued.put(txn, hash, sequence);
    return true;
  }

  void remove(Txn<byte[]> txn, Intent.Queued queued) {
    lmdb.queue.delete(txn, number(queued.sequence()));
    lmdb.queued.delete(txn, queued.intent().hash());
  }

  /** A row that nobody can read; its twin in the other table goes when it is met. */
  void removeDamaged(Txn<byte[]> txn, byte[] sequence) {
    lmdb.queue.delete(txn, sequence);
    List<byte[]> twins = new ArrayList<>();
    Lmdb.forEach(
        txn,
        lmdb.queued,
        new byte[0],
        (hash, place) -> {
          if (java.util.Arrays.equals(place, sequence)) {
            twins.add(hash);
          }
          return twins.isEmpty();
        });
    twins.forEach(hash -> lmdb.queued.delete(txn, hash));
  }

  /**
   * @param bytes as they stand there
   */
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  record Damaged(byte[] sequence, byte[] bytes) {}

  /** The next intents after a sequence, in their order; those that are damaged go to a list. */
  List<Intent.Queued> after(Txn<byte[]> txn, long after, int limit, List<Damaged> damaged) {
    List<Intent.Queued> found = new ArrayList<>();
    Lmdb.forEach(
        txn,
        lmdb.queue,
        number(after + 1),
        (sequence, row) -> {
          Intent intent = decode(sequence, row);
          if (intent == null) {
            damaged.add(new Damaged(sequence, row));
          } else {
            found.add(new Intent.Queued(ByteBuffer.wrap(sequence).getLong(), intent));
          }
          return found.size() < limit;
        });
    return found;
  }

  private static @Nullable Intent decode(byte[] sequence, byte[] row) {
    byte[] bytes = Sealed.open(sequence, row);
    try {
      return bytes == null ? null : Intent.decode(bytes);
    } catch (UnreadableEntryException | IllegalArgumentException e) {
      log.debug("Row {} of the queue is unreadable", ByteBuffer.wrap(sequence).getLong(), e);
      return null;
    }
  }

  long size(Txn<byte[]> txn) {
    return lmdb.queue.stat(txn).entries;
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }
}
