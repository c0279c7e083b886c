// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.spi.Bytes;
import java.util.Map;

/**
 * The newest confirmed head of a key that this node knows of, with what a listing shows of it.
 * While nothing of the key is confirmed, the last provisional version.
 *
 * @param revision at which it became the head: of two rows of a key the higher one is right; 0 when
 *     it is provisional
 */
public record HeadRow(
    ObjectKey key,
    long revision,
    VersionId version,
    long sizeBytes,
    Bytes contentSha256,
    String contentType,
    long writtenAtMillis,
    boolean deleted,
    Map<String, String> metadata) {
  private static final int FORMAT = 1;

  public HeadRow {
    metadata = Map.copyOf(metadata);
  }

  static HeadRow of(VersionRecord version, VersionId id, long revision) {
    return new HeadRow(
        version.key(),
        revision,
        id,
        version.sizeBytes(),
        version.contentSha256(),
        version.contentType(),
        version.writtenAtMillis(),
        version.deleted(),
        version.metadata());
  }

  /** Whether the cluster agreed on it. */
  public boolean isConfirmed() {
    return revision > 0;
  }

  public byte[] encode() {
    ByteWriter out = new ByteWriter(FORMAT).text(key.value()).number(revision);
    out.raw(version.bytes()).number(sizeBytes).raw(contentSha256.toArray()).text(contentType);
    return out.number(writtenAtMillis).bool(deleted).texts(metadata).toArray();
  }

  /**
   * @throws dev.holdfast.core.transition.UnreadableEntryException on other bytes
   */
  public static HeadRow decode(byte[] bytes) {
    return ByteReader.decode(
        "A row of the listing",
        FORMAT,
        Bytes.wrap(bytes),
        in ->
            new HeadRow(
                new ObjectKey(in.text()),
                in.number(),
                new VersionId(Bytes.wrap(in.raw(Sha256.LENGTH_BYTES)).toHex()),
                in.number(),
                Bytes.wrap(in.raw(Sha256.LENGTH_BYTES)),
                in.text(),
                in.number(),
                in.bool(),
                in.textMap()));
  }
}
