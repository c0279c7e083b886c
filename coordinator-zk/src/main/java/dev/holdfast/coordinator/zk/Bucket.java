// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The znode above some entries. Whoever makes or deletes an entry sets it; whoever relies on what
 * is there checks its version. So as long as its version stands, each znode below it is the same
 * one, and the data version of that one does not repeat (R7).
 *
 * <p>It also remembers the last deletions, key by key, and for all older ones a {@code floor}: a
 * busy neighbour raises the floor only after {@link #MARKS_MAX} other keys were deleted, and so
 * does not refuse the first request of a key over and over (R5).
 *
 * @param version of its data, {@link #MISSING} when there is no such znode yet
 * @param zxid that set it last
 * @param floor no key that is not marked was deleted after it
 * @param marks the revision of the last deletion, by the hash of the key
 * @param latest hashes of what the transaction at {@code zxid} deleted: it could not know its own
 *     number when it wrote them
 */
record Bucket(int version, long zxid, long floor, Map<Long, Long> marks, List<Long> latest) {
  static final int MARKS_MAX = 24;
  static final int MISSING = -3;
  static final Bucket NONE = new Bucket(MISSING, 0, 0, Map.of(), List.of());

  private static final byte FORMAT = 1;

  Bucket {
    marks = Map.copyOf(marks);
    latest = List.copyOf(latest);
  }

  boolean isMissing() {
    return version == MISSING && zxid == 0;
  }

  /** A revision not before the last deletion of a key; 0 when it never was deleted. */
  long lastDeleted(EntryKey key) {
    long hash = ZkPaths.hash(key);
    if (latest.contains(hash)) {
      return zxid;
    }
    return Math.max(floor, marks.getOrDefault(hash, 0L));
  }

  /** What to write when these keys are deleted now. */
  byte[] encodeAfterDeleting(List<EntryKey> keys) {
    List<Long> deleted = keys.stream().map(ZkPaths::hash).distinct().toList();
    Map<Long, Long> known = new LinkedHashMap<>(marks);
    latest.forEach(hash -> known.put(hash, zxid));
    deleted.forEach(known::remove);
    List<Map.Entry<Long, Long>> newest = new ArrayList<>(known.entrySet());
    newest.sort(Map.Entry.<Long, Long>comparingByValue(Comparator.reverseOrder()));
    int kept = Math.min(newest.size(), Math.max(0, MARKS_MAX - deleted.size()));
    long raised =
        newest.subList(kept, newest.size()).stream()
            .mapToLong(Map.Entry::getValue)
            .reduce(floor, Math::max);
    return encode(raised, newest.subList(0, kept), deleted);
  }

  private static byte[] encode(long floor, List<Map.Entry<Long, Long>> marks, List<Long> latest) {
    ByteBuffer data = ByteBuffer.allocate(1 + 8 + 2 + 16 * marks.size() + 2 + 8 * latest.size());
    data.put(FORMAT).putLong(floor).putShort((short) marks.size());
    marks.forEach(mark -> data.putLong(mark.getKey()).putLong(mark.getValue()));
    data.putShort((short) latest.size());
    latest.forEach(data::putLong);
    return data.array();
  }

  /**
   * As its znode was read.
   *
   * @throws CoordinatorFailedException in a format that this version does not know
   */
  static Bucket of(Znode znode) {
    return decode(znode.data().toArray(), znode.stat().getVersion(), znode.stat().getMzxid());
  }

  static Bucket decode(byte[] data, int version, long zxid) {
    ByteBuffer buffer = ByteBuffer.wrap(data);
    if (!buffer.hasRemaining() || buffer.get() != FORMAT) {
      throw new CoordinatorFailedException(
          "A bucket is in no format that this version knows. Was it written by a newer version?"
              + " Then upgrade this node");
    }
    long floor = buffer.getLong();
    Map<Long, Long> marks = new LinkedHashMap<>();
    for (int left = buffer.getShort(); left > 0; left--) {
      marks.put(buffer.getLong(), buffer.getLong());
    }
    List<Long> latest = new ArrayList<>();
    for (int left = buffer.getShort(); left > 0; left--) {
      latest.add(buffer.getLong());
    }
    return new Bucket(version, zxid, floor, marks, latest);
  }
}
