// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator.support;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proves knowledge of the cluster secret without showing it: an HMAC over a role and over what both
 * sides said, with fresh nonces of both. The role names the port and the side, so that a proof made
 * for one is worth nothing for another: nothing can be replayed, reflected, or carried from port to
 * port. Every port that nodes meet at uses this one. Thread-safe.
 */
public final class SecretProof {
  public static final int KEY_BYTES = 32;
  public static final int NONCE_BYTES = 32;

  /** Of a proof. */
  public static final int SIZE_BYTES = 32;

  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  /**
   * @param secret 32 bytes
   * @throws IllegalArgumentException another length
   */
  public SecretProof(byte[] secret) {
    if (secret.length != KEY_BYTES) {
      throw new IllegalArgumentException(
          "A cluster secret has 32 bytes, this one has " + secret.length);
    }
    this.key = new SecretKeySpec(secret, ALGORITHM);
  }

  /**
   * What the side with this role must show.
   *
   * @param said in this order; each part counts with its length
   */
  public byte[] of(String role, byte[]... said) {
    byte[] label = role.getBytes(StandardCharsets.UTF_8);
    int size = Integer.BYTES + label.length;
    for (byte[] part : said) {
      size += Integer.BYTES + part.length;
    }
    ByteBuffer text = ByteBuffer.allocate(size).putInt(label.length).put(label);
    List.of(said).forEach(part -> text.putInt(part.length).put(part));
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(text.array());
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("Every JDK has " + ALGORITHM, e);
    }
  }

  /** In constant time. */
  public static boolean isSame(byte[] one, byte[] other) {
    return MessageDigest.isEqual(one, other);
  }

  /** Never the secret itself. */
  @Override
  public String toString() {
    return "SecretProof";
  }
}
