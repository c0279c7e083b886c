// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.spi.Bytes;

/**
 * A node should hold a copy of a confirmed version and may not have it yet. Persisted until that
 * was seen to; worked on by state, so doing it twice does nothing.
 *
 * @param target this node (it fetches the copy) or another one (it is told to)
 */
public record Intent(String target, ObjectKey key, VersionId version) {
  private static final int FORMAT = 1;

  byte[] encode() {
    ByteWriter out = new ByteWriter(FORMAT).text(target).text(key.value());
    return out.raw(version.bytes()).toArray();
  }

  byte[] hash() {
    return Sha256.of(encode()).toArray();
  }

  static Intent decode(byte[] bytes) {
    return ByteReader.decode(
        "A replication intent",
        FORMAT,
        Bytes.wrap(bytes),
        in ->
            new Intent(
                in.text(),
                new ObjectKey(in.text()),
                new VersionId(Bytes.wrap(in.raw(Sha256.LENGTH_BYTES)).toHex())));
  }

  /**
   * @param sequence its place in the queue
   */
  public record Queued(long sequence, Intent intent) {}
}
