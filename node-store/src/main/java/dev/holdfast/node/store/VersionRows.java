// SPDX-License-Identifier: Apache-2.0
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

/**
 * The rows of versions: {@code hash of the key ‖ version id} → sealed record; beside them which are
 * staged, and which chunks they use. A row that is damaged counts as absent here.
 */
final class VersionRows {
  private VersionRows() {}

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

  static @Nullable VersionRecord get(Rows rows, byte[] place) {
    byte[] row = rows.get(Table.VERSIONS, place);
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

  static boolean isConfirmed(Rows rows, byte[] place) {
    VersionRecord version = get(rows, place);
    return version != null && version.state() == VersionState.CONFIRMED;
  }

  static void put(Change change, byte[] place, VersionRecord version) {
    change.put(Table.VERSIONS, place, Sealed.seal(place, VersionRecordCodec.encode(version)));
    byte[] use = Sha256.of(place).toArray();
    for (ChunkRef chunk : version.chunks()) {
      change.put(Table.CHUNK_USES, Lmdb.concat(chunk.hash().toArray(), use), new byte[0]);
    }
  }

  /**
   * @param stamp of this staging
   */
  static void putStaged(Change change, byte[] place, long stamp) {
    change.put(Table.STAGED, place, ByteBuffer.allocate(Long.BYTES).putLong(stamp).array());
  }

  /** It is staged no longer. */
  static void settled(Change change, byte[] place) {
    change.delete(Table.STAGED, place);
  }

  static boolean isStaged(Rows rows, byte[] place) {
    return rows.get(Table.STAGED, place) != null;
  }

  static void remove(Change change, byte[] place, VersionRecord version) {
    byte[] use = Sha256.of(place).toArray();
    for (ChunkRef chunk : version.chunks()) {
      change.delete(Table.CHUNK_USES, Lmdb.concat(chunk.hash().toArray(), use));
    }
    removeDamaged(change, place);
  }

  /** Which chunks it used can no longer be told; the collector of chunks finds out. */
  static void removeDamaged(Change change, byte[] place) {
    change.delete(Table.VERSIONS, place);
    change.delete(Table.STAGED, place);
    BranchRows.removed(change, place);
    QuarantineRows.settled(change, place);
  }

  static boolean isDamaged(Rows rows, byte[] place) {
    byte[] row = rows.get(Table.VERSIONS, place);
    return row != null && decode(place, row) == null;
  }
}
