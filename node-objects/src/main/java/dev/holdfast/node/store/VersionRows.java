package dev.holdfast.node.store;

import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionRecordCodec;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Txn;

/**
 * The rows of versions: {@code hash of the key ‖ version id} → sealed record; beside them which are
 * staged, and which chunks they use. A row that is damaged counts as absent here.
 */
final class VersionRows {
  private final Lmdb lmdb;

  VersionRows(Lmdb lmdb) {
    this.lmdb = lmdb;
  }

  static byte[] place(ObjectKey key, VersionId id) {
    return Lmdb.concat(prefix(key), id.bytes());
  }

  /** What the places of all versions of a key begin with. */
  static byte[] prefix(ObjectKey key) {
    return Sha256.of(key.utf8()).toArray();
  }

  static VersionId id(byte[] place) {
    return new VersionId(
        Bytes.wrap(Arrays.copyOfRange(place, Sha256.LENGTH_BYTES, place.length)).toHex());
  }

  @Nullable VersionRecord get(Txn<byte[]> txn, byte[] place) {
    byte[] row = lmdb.versions.get(txn, place);
    return row == null ? null : decode(place, row);
  }

  /** Null when it is damaged. */
  static @Nullable VersionRecord decode(byte[] place, byte[] row) {
    byte[] bytes = Sealed.open(place, row);
    if (bytes == null) {
      return null;
    }
    try {
      VersionRecord version = VersionRecordCodec.decode(bytes);
      return Sealed.isSealed(row) || isOwn(place, version) ? version : null;
    } catch (UnreadableEntryException e) {
      return null; // Of an earlier version, without a checksum; the caller reports it.
    }
  }

  /** The proof of a row that has no checksum. */
  private static boolean isOwn(byte[] place, VersionRecord version) {
    return version.isWhole() && Arrays.equals(place, place(version.key(), version.id()));
  }

  boolean isConfirmed(Txn<byte[]> txn, byte[] place) {
    VersionRecord version = get(txn, place);
    return version != null && version.state() == VersionState.CONFIRMED;
  }

  void put(Txn<byte[]> txn, byte[] place, VersionRecord version) {
    lmdb.versions.put(txn, place, Sealed.seal(place, VersionRecordCodec.encode(version)));
    byte[] use = Sha256.of(place).toArray();
    for (ChunkRef chunk : version.chunks()) {
      lmdb.chunkUses.put(txn, Lmdb.concat(chunk.hash().toArray(), use), new byte[0]);
    }
  }

  /**
   * @param stamp of this staging
   */
  void putStaged(Txn<byte[]> txn, byte[] place, long stamp) {
    lmdb.staged.put(txn, place, ByteBuffer.allocate(Long.BYTES).putLong(stamp).array());
  }

  void confirmed(Txn<byte[]> txn, byte[] place) {
    lmdb.staged.delete(txn, place);
  }

  boolean isStaged(Txn<byte[]> txn, byte[] place) {
    return lmdb.staged.get(txn, place) != null;
  }

  void remove(Txn<byte[]> txn, byte[] place, VersionRecord version) {
    byte[] use = Sha256.of(place).toArray();
    for (ChunkRef chunk : version.chunks()) {
      lmdb.chunkUses.delete(txn, Lmdb.concat(chunk.hash().toArray(), use));
    }
    removeDamaged(txn, place);
  }

  /** Which chunks it used can no longer be told; the collector of chunks finds out. */
  void removeDamaged(Txn<byte[]> txn, byte[] place) {
    lmdb.versions.delete(txn, place);
    lmdb.staged.delete(txn, place);
  }

  boolean isDamaged(Txn<byte[]> txn, byte[] place) {
    byte[] row = lmdb.versions.get(txn, place);
    return row != null && decode(place, row) == null;
  }
}
