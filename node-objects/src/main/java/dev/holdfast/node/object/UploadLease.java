// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.core.version.Content;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.spi.Bytes;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The value of the entry {@code upload/<id>}: an upload that is not finished, and until when its
 * chunks are kept.
 *
 * @param sizeBytes of the object, empty when it is not known yet
 * @param sha256 of the object, empty when it is not known yet
 * @param salt of its proofs
 * @param createdMillis wall clock
 * @param expiresMillis wall clock; 0 when it was ended
 * @param appendedBytes what was appended
 * @param nodes that keep its chunks
 */
record UploadLease(
    ObjectKey key,
    OptionalLong sizeBytes,
    Optional<Bytes> sha256,
    Bytes salt,
    long createdMillis,
    long expiresMillis,
    long appendedBytes,
    List<String> nodes) {
  static final int SALT_BYTES = 16;
  private static final int FORMAT = 1;

  UploadLease {
    nodes = List.copyOf(nodes);
    long most = sizeBytes.orElse(Content.SIZE_BYTES_MAX);
    if (most > Content.SIZE_BYTES_MAX || appendedBytes > most || nodes.isEmpty()) {
      throw new IllegalArgumentException(
          appendedBytes + " of " + most + " bytes at the nodes " + nodes);
    }
  }

  /** What its chunks may have together. */
  long bytesMax() {
    return sizeBytes.orElse(Content.SIZE_BYTES_MAX);
  }

  /** So many nodes must have fsynced a chunk before it counts as received. */
  int quorum() {
    return nodes.size() / 2 + 1;
  }

  boolean isOver(long nowMillis) {
    return nowMillis >= expiresMillis;
  }

  UploadLease until(long millis) {
    return new UploadLease(
        key, sizeBytes, sha256, salt, createdMillis, millis, appendedBytes, nodes);
  }

  UploadLease at(List<String> others) {
    return new UploadLease(
        key, sizeBytes, sha256, salt, createdMillis, expiresMillis, appendedBytes, others);
  }

  UploadLease appended(long bytes) {
    return new UploadLease(
        key, sizeBytes, sha256, salt, createdMillis, expiresMillis, bytes, nodes);
  }

  Bytes encode() {
    ByteWriter out = new ByteWriter(FORMAT).text(key.value()).number(sizeBytes.orElse(-1) + 1);
    out.bool(sha256.isPresent());
    sha256.ifPresent(hash -> out.raw(hash.toArray()));
    out.raw(salt.toArray()).number(createdMillis).number(expiresMillis).number(appendedBytes);
    return out.texts(nodes).toBytes();
  }

  /**
   * @throws dev.holdfast.core.transition.UnreadableEntryException on anything but its bytes
   */
  static UploadLease decode(Bytes value) {
    return ByteReader.decode(
        "An upload",
        FORMAT,
        value,
        in -> {
          ObjectKey key = new ObjectKey(in.text());
          long size = in.number() - 1;
          return new UploadLease(
              key,
              size < 0 ? OptionalLong.empty() : OptionalLong.of(size),
              in.bool() ? Optional.of(Bytes.wrap(in.raw(Sha256.LENGTH_BYTES))) : Optional.empty(),
              Bytes.wrap(in.raw(SALT_BYTES)),
              in.number(),
              in.number(),
              in.number(),
              in.texts());
        });
  }
}
