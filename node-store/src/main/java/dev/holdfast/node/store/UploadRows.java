// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which chunks unfinished uploads keep on this node. A chunk that is kept stands in the index of
 * uses as that of a version does, so the collector leaves it alone, also after a restart. Nothing
 * here ends by itself: whoever knows the leases of uploads releases what has none.
 *
 * <p>Uploads are named by {@link #NAME_BYTES} bytes. Thread-safe; what {@link #keep} has returned
 * survives a crash.
 */
public final class UploadRows {
  public static final int NAME_BYTES = 24;

  /** So that a release of many does not hold up the writers. */
  private static final int RELEASED_AT_ONCE = 1_000;

  private static final byte[] NOTHING = new byte[0];

  private final RowStore rows;
  private final GroupCommit writer;

  UploadRows(RowStore rows, GroupCommit writer) {
    this.rows = rows;
    this.writer = writer;
  }

  /** What one upload keeps here. */
  public record Kept(long chunks, long bytes) {
    static final Kept NONE = new Kept(0, 0);

    private Kept plus(ChunkRef ref) {
      return new Kept(chunks + 1, bytes + ref.length());
    }

    private byte[] row() {
      return ByteBuffer.allocate(2 * Long.BYTES).putLong(chunks).putLong(bytes).array();
    }

    private static Kept of(byte @Nullable [] row) {
      if (row == null) {
        return NONE;
      }
      ByteBuffer in = ByteBuffer.wrap(row);
      return new Kept(in.getLong(), in.getLong());
    }
  }

  /**
   * Keeps chunks that are here, while the caller holds a {@link ChunkStore.Use}; those that are
   * kept already stay.
   *
   * @param bytesMax of the upload: beyond it nothing more is kept
   * @return those that were not kept, for want of room
   */
  public List<ChunkRef> keep(Bytes upload, List<ChunkRef> refs, long bytesMax) {
    byte[] name = name(upload);
    byte[] use = use(name);
    return writer.write(change -> {
      List<ChunkRef> beyond = new ArrayList<>();
      Kept before = Kept.of(change.get(Table.UPLOADS, name));
      Kept kept = before;
      for (ChunkRef ref : refs) {
        byte[] place = Lmdb.concat(name, ref.hash().toArray());
        if (isOf(change.get(Table.UPLOAD_CHUNKS, place), ref)) {
          continue;
        }
        if (kept.bytes + ref.length() > bytesMax) {
          beyond.add(ref);
          continue;
        }
        change.put(Table.UPLOAD_CHUNKS, place, length(ref));
        change.put(Table.CHUNK_USES, Lmdb.concat(ref.hash().toArray(), use), NOTHING);
        kept = kept.plus(ref);
      }
      if (!kept.equals(before)) {
        change.put(Table.UPLOADS, name, kept.row());
      }
      return beyond;
    });
  }

  /** Those that the upload does not keep here. */
  public List<ChunkRef> lacking(Bytes upload, List<ChunkRef> refs) {
    byte[] name = name(upload);
    return rows.read(now ->
        refs.stream()
            .filter(ref ->
                !isOf(now.get(Table.UPLOAD_CHUNKS, Lmdb.concat(name, ref.hash().toArray())), ref))
            .toList());
  }

  public Kept kept(Bytes upload) {
    byte[] name = name(upload);
    return rows.read(now -> Kept.of(now.get(Table.UPLOADS, name)));
  }

  /** Uploads that keep something here, in the order of their names. */
  public List<Bytes> list(Optional<Bytes> after, int limit) {
    byte[] from = after.map(last -> Lmdb.concat(last.toArray(), new byte[1])).orElse(NOTHING);
    List<Bytes> found = new ArrayList<>();
    rows.read(now -> {
      now.forEach(
          Table.UPLOADS,
          from,
          (name, _) -> {
            found.add(Bytes.wrap(name));
            return found.size() < limit;
          });
      return true;
    });
    return found;
  }

  /** How many uploads keep something here. */
  public long count() {
    return rows.read(now -> now.size(Table.UPLOADS));
  }

  /** Keeps nothing of an upload any more. Its chunks go when nobody else needs them. */
  public void release(Bytes upload) {
    byte[] name = name(upload);
    while (!writer.writeUnflushed(change -> isReleased(change, name))) {
      // Page by page; after a crash the next release goes on.
    }
  }

  /** False when there is more to do. */
  private static boolean isReleased(Change change, byte[] name) {
    List<byte[]> places = new ArrayList<>();
    change.forEach(
        Table.UPLOAD_CHUNKS,
        name,
        (place, _) ->
            Lmdb.startsWith(place, name) && places.add(place) && places.size() < RELEASED_AT_ONCE);
    byte[] use = use(name);
    for (byte[] place : places) {
      byte[] hash = Arrays.copyOfRange(place, NAME_BYTES, place.length);
      change.delete(Table.UPLOAD_CHUNKS, place);
      change.delete(Table.CHUNK_USES, Lmdb.concat(hash, use));
    }
    boolean isLast = places.size() < RELEASED_AT_ONCE;
    if (isLast) {
      change.delete(Table.UPLOADS, name);
    }
    return isLast;
  }

  private static byte[] name(Bytes upload) {
    if (upload.length() != NAME_BYTES) {
      throw new IllegalArgumentException("The name of an upload has " + upload.length() + " bytes");
    }
    return upload.toArray();
  }

  private static byte[] use(byte[] name) {
    return Sha256.of(name).toArray();
  }

  private static byte[] length(ChunkRef ref) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(ref.length()).array();
  }

  private static boolean isOf(byte @Nullable [] row, ChunkRef ref) {
    return row != null && Arrays.equals(row, length(ref));
  }
}
