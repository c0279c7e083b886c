// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.spi.Bytes;

/**
 * A node should hold a copy of a version and may not have it yet. Persisted until that was seen to;
 * worked on by state, so doing it twice does nothing.
 *
 * @param target this node (it fetches the copy) or another one (it is told to)
 * @param isAgreed the cluster agreed on the version; else it is kept in the state in which the node
 *     has it that the copy comes from
 */
public record Intent(String target, ObjectKey key, VersionId version, boolean isAgreed) {
  private static final int FORMAT = 1;

  /** As the first; its number says that the cluster may not have agreed. */
  private static final int FORMAT_AS_FOUND = 2;

  /** For a version that the cluster agreed on. */
  public static Intent agreed(String target, ObjectKey key, VersionId version) {
    return new Intent(target, key, version, true);
  }

  /** For a version that may be provisional. */
  public static Intent asFound(String target, ObjectKey key, VersionId version) {
    return new Intent(target, key, version, false);
  }

  byte[] encode() {
    ByteWriter out = new ByteWriter(isAgreed ? FORMAT : FORMAT_AS_FOUND);
    return out.text(target).text(key.value()).raw(version.bytes()).toArray();
  }

  byte[] hash() {
    return Sha256.of(encode()).toArray();
  }

  static Intent decode(byte[] bytes) {
    boolean isAgreed = bytes.length == 0 || bytes[0] != FORMAT_AS_FOUND;
    return ByteReader.decode(
        "A replication intent",
        isAgreed ? FORMAT : FORMAT_AS_FOUND,
        Bytes.wrap(bytes),
        in ->
            new Intent(
                in.text(),
                new ObjectKey(in.text()),
                new VersionId(Bytes.wrap(in.raw(Sha256.LENGTH_BYTES)).toHex()),
                isAgreed));
  }

  /**
   * @param sequence its place in the queue
   */
  public record Queued(long sequence, Intent intent) {}
}
