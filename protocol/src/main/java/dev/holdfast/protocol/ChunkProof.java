// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Shows that somebody has the bytes of a chunk, and not only its name: SHA-256 over the salt of one
 * upload and the bytes. The node chose the salt, so no proof can be prepared or used again.
 */
public final class ChunkProof {
  private static final byte[] PURPOSE = "holdfast chunk proof 1".getBytes(StandardCharsets.UTF_8);

  private ChunkProof() {}

  /** 32 bytes. */
  public static byte[] of(byte[] salt, byte[] chunk) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(PURPOSE);
      digest.update(salt);
      return digest.digest(chunk);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
