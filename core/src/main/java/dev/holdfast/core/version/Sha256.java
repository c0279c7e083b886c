// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import dev.holdfast.spi.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256, which every JVM has. */
public final class Sha256 {
  public static final int LENGTH_BYTES = 32;

  private Sha256() {}

  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("A JVM without SHA-256", e);
    }
  }

  public static Bytes of(byte[] bytes) {
    return Bytes.wrap(digest().digest(bytes));
  }
}
