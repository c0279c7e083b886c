// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Small chunks in the trash: rows of {@link Table#META}, {@code trash-<hash>} → place and time. No
 * table of their own, so that an earlier release can still read the journal.
 */
final class SegmentTrash {
  private static final byte[] PREFIX = {'t', 'r', 'a', 's', 'h', '-'};

  private final NodeStore records;
  private final Predicate<Bytes> isOnItsWay;

  /**
   * @param isOnItsWay whether the place of a chunk is not in the index yet
   */
  SegmentTrash(NodeStore records, Predicate<Bytes> isOnItsWay) {
    this.records = records;
    this.isOnItsWay = isOnItsWay;
  }

  /** The bytes stay where they are, and their place is kept under another name. */
  boolean move(ChunkRef ref, long atMillis) {
    byte[] hash = ref.hash().toArray();
    return records
        .submitUnflushed(change -> {
          byte[] row = change.get(Table.SEGMENTS, hash);
          if (row == null || isOnItsWay.test(ref.hash())) {
            return false;
          }
          change.delete(Table.SEGMENTS, hash);
          byte[] trashed = ByteBuffer.allocate(24).put(row).putLong(atMillis).array();
          change.put(Table.META, key(hash), Sealed.seal(key(hash), trashed));
          return true;
        })
        .join();
  }

  void restore(ChunkRef ref) {
    byte[] hash = ref.hash().toArray();
    if (records.read(rows -> rows.get(Table.META, key(hash))) == null) {
      return;
    }
    boolean _ =
        records
            .submitUnflushed(change -> {
              Trash trash = decode(key(hash), change.get(Table.META, key(hash)));
              if (trash != null && change.get(Table.SEGMENTS, hash) == null) {
                change.put(Table.SEGMENTS, hash, trash.place().encode());
              }
              return change.delete(Table.META, key(hash));
            })
            .join();
  }

  void remove(ChunkRef ref) {
    byte[] trashed = key(ref.hash().toArray());
    boolean _ = records.submitUnflushed(change -> change.delete(Table.META, trashed)).join();
  }

  List<Trashed> list() {
    List<Trashed> all = new ArrayList<>();
    forEach((hash, trash) ->
        all.add(
            new Trashed(
                new ChunkRef(ChunkRef.SHA_256, hash, trash.place().length()), trash.atMillis)));
    return all;
  }

  void forEach(BiConsumer<Bytes, Trash> visitor) {
    records.read(rows -> {
      rows.forEach(
          Table.META,
          PREFIX,
          (key, row) -> {
            if (!Lmdb.startsWith(key, PREFIX)) {
              return false;
            }
            Trash trash = decode(key, row);
            if (trash != null) {
              visitor.accept(Bytes.wrap(Arrays.copyOfRange(key, PREFIX.length, key.length)), trash);
            }
            return true;
          });
      return true;
    });
  }

  record Trash(SegmentPlace place, long atMillis) {}

  /** Null when there is none, or it rotted: then its bytes are dead. */
  private static @Nullable Trash decode(byte[] key, byte @Nullable [] row) {
    byte[] bytes = row == null ? null : Sealed.open(key, row);
    if (bytes == null || bytes.length != 24) {
      return null;
    }
    SegmentPlace place = SegmentPlace.decode(Arrays.copyOf(bytes, 16));
    return place == null ? null : new Trash(place, ByteBuffer.wrap(bytes).getLong(16));
  }

  private static byte[] key(byte[] hash) {
    return Lmdb.concat(PREFIX, hash);
  }
}
