// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import dev.holdfast.spi.Bytes;

/**
 * A piece of an object's bytes, named by what it contains.
 *
 * @param hashId which hash; {@link #SHA_256} is the only one yet
 * @param hash of the plain bytes
 * @param length 1 to {@link #LENGTH_MAX}
 */
public record ChunkRef(int hashId, Bytes hash, int length) {
  public static final int SHA_256 = 1;
  public static final int LENGTH_MAX = 4 << 20;

  public ChunkRef {
    if (hashId != SHA_256 || hash.length() != Sha256.LENGTH_BYTES) {
      throw new IllegalArgumentException("Unknown hash " + hashId + " of " + hash.length());
    }
    if (length < 1 || length > LENGTH_MAX) {
      throw new IllegalArgumentException("A chunk of " + length + " bytes");
    }
  }

  public static ChunkRef of(byte[] bytes) {
    return new ChunkRef(SHA_256, Sha256.of(bytes), bytes.length);
  }

  /** Whether these are its bytes. */
  public boolean matches(byte[] bytes) {
    return bytes.length == length && Sha256.of(bytes).equals(hash);
  }
}
