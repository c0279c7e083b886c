// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.transition.UnreadableEntryException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The persisted queue of copies that are missing: each {@link Intent} stands in it once. */
final class QueueRows {
  private static final Logger log = LoggerFactory.getLogger(QueueRows.class);

  /** Beyond it the catch-up, which compares states, has to find what is missing. */
  private static final long QUEUE_MAX = 1_000_000;

  private QueueRows() {}

  /** False when it is there already, or there is no room. */
  static boolean add(Change change, Intent intent) {
    byte[] hash = intent.hash();
    if (change.get(Table.QUEUED, hash) != null) {
      return false;
    }
    if (size(change) >= QUEUE_MAX) {
      log.warn("The replication queue is full: {} waits for the next catch-up", intent);
      return false;
    }
    byte[] sequence = number(Counters.advance(change, Counters.QUEUE, 1));
    change.put(Table.QUEUE, sequence, Sealed.seal(sequence, intent.encode()));
    change.put(Table.QUEUED, hash, sequence);
    return true;
  }

  static void remove(Change change, Intent.Queued queued) {
    change.delete(Table.QUEUE, number(queued.sequence()));
    change.delete(Table.QUEUED, queued.intent().hash());
  }

  /** A row that nobody can read; its twin in the other table goes when it is met. */
  static void removeDamaged(Change change, byte[] sequence) {
    change.delete(Table.QUEUE, sequence);
    List<byte[]> twins = new ArrayList<>();
    change.forEach(
        Table.QUEUED,
        new byte[0],
        (hash, place) -> {
          if (java.util.Arrays.equals(place, sequence)) {
            twins.add(hash);
          }
          return twins.isEmpty();
        });
    twins.forEach(hash -> change.delete(Table.QUEUED, hash));
  }

  /**
   * @param bytes as they stand there
   */
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  record Damaged(byte[] sequence, byte[] bytes) {}

  /** The next intents after a sequence, in their order; those that are damaged go to a list. */
  static List<Intent.Queued> after(Rows rows, long after, int limit, List<Damaged> damaged) {
    List<Intent.Queued> found = new ArrayList<>();
    rows.forEach(
        Table.QUEUE,
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

  static long size(Rows rows) {
    return rows.size(Table.QUEUE);
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }
}
