// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * Keys as LMDB takes them: at most 480 bytes. A longer key keeps its first 440 bytes, then comes
 * {@code FF}, which no UTF-8 has, and its SHA-256. So all keys with one prefix stay together; among
 * keys that share 440 bytes the order is that of the hashes.
 */
final class StoredKey {
  static final int SIZE_BYTES_MAX = 480;
  static final int KEPT_BYTES = 440;

  private StoredKey() {}

  static Bytes of(Bytes key) {
    if (key.length() <= SIZE_BYTES_MAX) {
      return key;
    }
    byte[] full = key.toArray();
    byte[] stored = Arrays.copyOf(full, KEPT_BYTES + 1 + 32);
    stored[KEPT_BYTES] = (byte) 0xFF;
    System.arraycopy(sha256(full), 0, stored, KEPT_BYTES + 1, 32);
    return Bytes.wrap(stored);
  }

  static boolean isHashed(Bytes key) {
    return key.length() > SIZE_BYTES_MAX;
  }

  /** Where a scan of a prefix begins; all its keys start with these bytes. */
  static Bytes prefix(Bytes prefix) {
    return prefix.length() <= KEPT_BYTES
        ? prefix
        : Bytes.wrap(Arrays.copyOf(prefix.toArray(), KEPT_BYTES));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
