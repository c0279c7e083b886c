// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The envelope of a message: what it is and to which call it belongs, nine bytes before the
 * payload.
 *
 * @param call numbered by the caller, from 1
 * @param bytes the whole frame; the payload begins at {@link #PAYLOAD_AT}
 */
@SuppressWarnings("ArrayRecordComponent")
record PeerFrame(Kind kind, long call, byte[] bytes) {
  static final int PAYLOAD_AT = 9;
  private static final Kind[] KINDS = Kind.values();

  /** Bytes of a failure's text, so that no error message breaks the limit of a frame. */
  private static final int FAILURE_BYTES_MAX = 4 << 10;

  enum Kind {
    REQUEST(0),
    REPLY(1),
    /** The handler failed; the payload is its message in UTF-8. */
    FAILURE(2);

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }
  }

  /** Writes the envelope into the room that the codec left for it. */
  static byte[] seal(Kind kind, long call, byte[] withRoom) {
    ByteBuffer.wrap(withRoom).put(kind.code).putLong(call);
    return withRoom;
  }

  static byte[] failure(long call, String message) {
    byte[] text = message.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, FAILURE_BYTES_MAX);
    byte[] bytes = new byte[PAYLOAD_AT + length];
    System.arraycopy(text, 0, bytes, PAYLOAD_AT, length);
    return seal(Kind.FAILURE, call, bytes);
  }

  static @Nullable PeerFrame decode(byte[] bytes) {
    if (bytes.length < PAYLOAD_AT || bytes[0] < 0 || bytes[0] >= KINDS.length) {
      return null;
    }
    return new PeerFrame(KINDS[bytes[0]], ByteBuffer.wrap(bytes, 1, 8).getLong(), bytes);
  }

  String failureText() {
    return new String(Arrays.copyOfRange(bytes, PAYLOAD_AT, bytes.length), StandardCharsets.UTF_8);
  }
}
