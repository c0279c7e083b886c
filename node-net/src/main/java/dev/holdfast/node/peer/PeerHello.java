// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import dev.holdfast.spi.coordinator.support.SecretProof;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The three messages before the first Kryo byte, in a fixed layout of their own. Each side proves
 * the cluster secret over both nonces, both ids and its direction, so that nothing can be replayed
 * or reflected:
 *
 * <pre>
 *   caller   → HELLO      nonce, id
 *   listener → CHALLENGE  nonce, id, HMAC(secret, "listener", both nonces, both ids)
 *   caller   → PROOF      HMAC(secret, "caller", both nonces, both ids)
 *   listener → WELCOME
 * </pre>
 */
final class PeerHello {
  static final int NONCE_BYTES = SecretProof.NONCE_BYTES;
  static final int MAC_BYTES = SecretProof.SIZE_BYTES;
  static final int MESSAGE_BYTES_MAX = 256;
  private static final int ID_BYTES_MAX = 64;
  private static final byte[] MAGIC = {'H', 'F', 'P', '1'};

  enum Step {
    HELLO(1),
    CHALLENGE(2),
    PROOF(3),
    WELCOME(4);

    private final byte code;

    Step(int code) {
      this.code = (byte) code;
    }
  }

  /**
   * @param id empty in PROOF and WELCOME
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Message(Step step, byte[] nonce, String id, byte[] mac) {}

  private PeerHello() {}

  static byte[] hello(byte[] nonce, String id) {
    return encode(Step.HELLO, nonce, id, new byte[0]);
  }

  static byte[] challenge(byte[] nonce, String id, byte[] mac) {
    return encode(Step.CHALLENGE, nonce, id, mac);
  }

  static byte[] proof(byte[] mac) {
    return encode(Step.PROOF, new byte[0], "", mac);
  }

  static byte[] welcome() {
    return encode(Step.WELCOME, new byte[0], "", new byte[0]);
  }

  /** What the listener, or the caller, must show. */
  static byte[] mac(
      ClusterSecret secret,
      boolean byListener,
      byte[] callerNonce,
      byte[] listenerNonce,
      String callerId,
      String listenerId) {
    return secret
        .proof()
        .of(
            byListener ? "listener" : "caller",
            callerNonce,
            listenerNonce,
            callerId.getBytes(StandardCharsets.UTF_8),
            listenerId.getBytes(StandardCharsets.UTF_8));
  }

  /** In constant time. */
  static boolean isSame(byte[] one, byte[] other) {
    return SecretProof.isSame(one, other);
  }

  private static byte[] encode(Step step, byte[] nonce, String id, byte[] mac) {
    byte[] name = id.getBytes(StandardCharsets.UTF_8);
    if (name.length > ID_BYTES_MAX) {
      throw new IllegalArgumentException("A node id has at most 64 bytes: " + id);
    }
    ByteBuffer out =
        ByteBuffer.allocate(MAGIC.length + 2 + nonce.length + name.length + mac.length);
    out.put(MAGIC).put(step.code).put(nonce).put((byte) name.length).put(name).put(mac);
    return out.array();
  }

  /** Null when it is not exactly a message of this step. */
  static @Nullable Message decode(Step step, byte[] bytes) {
    int nonceBytes = step == Step.HELLO || step == Step.CHALLENGE ? NONCE_BYTES : 0;
    int macBytes = step == Step.CHALLENGE || step == Step.PROOF ? MAC_BYTES : 0;
    int head = MAGIC.length + 1 + nonceBytes;
    if (bytes.length < head + 1
        || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        || bytes[MAGIC.length] != step.code) {
      return null;
    }
    int idBytes = bytes[head];
    boolean needsId = nonceBytes > 0;
    if (idBytes < 0
        || idBytes > ID_BYTES_MAX
        || needsId != (idBytes > 0)
        || bytes.length != head + 1 + idBytes + macBytes) {
      return null;
    }
    try {
      String id =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes, head + 1, idBytes))
              .toString();
      return new Message(
          step,
          Arrays.copyOfRange(bytes, MAGIC.length + 1, head),
          id,
          Arrays.copyOfRange(bytes, head + 1 + idBytes, bytes.length));
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
