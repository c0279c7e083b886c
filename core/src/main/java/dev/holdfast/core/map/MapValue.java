// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.map;

import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The value of a map's entry: a format byte, its expiry if that is limited, then the bytes as they
 * were given. Since the expiry lies in the value, a later write of the key ends it without having
 * to know of it.
 */
public final class MapValue {
  /** Of one value. Larger ones are objects. */
  public static final int BYTES_MAX = 32 << 10;

  private static final byte PLAIN = 1;

  /** Followed by the milliseconds in 8 bytes. */
  private static final byte WITH_TTL = 2;

  /** Followed by the length of the session's id in one byte, and the id. */
  private static final byte BOUND = 3;

  private MapValue() {}

  public static Bytes encode(byte[] value, Expiry expiry) {
    ByteBuffer header = header(expiry);
    byte[] array = new byte[header.remaining() + value.length];
    int length = header.remaining();
    header.get(array, 0, length);
    System.arraycopy(value, 0, array, length, value.length);
    return Bytes.wrap(array);
  }

  private static ByteBuffer header(Expiry expiry) {
    return switch (expiry) {
      case Expiry.Never _ -> ByteBuffer.allocate(1).put(PLAIN).flip();
      case Expiry.After(long millis) ->
          ByteBuffer.allocate(1 + Long.BYTES).put(WITH_TTL).putLong(millis).flip();
      case Expiry.WithSession(String session) -> {
        byte[] id = session.getBytes(StandardCharsets.US_ASCII);
        yield ByteBuffer.allocate(2 + id.length).put(BOUND).put((byte) id.length).put(id).flip();
      }
    };
  }

  /**
   * @throws UnreadableEntryException on a format it does not know
   */
  public static byte[] decode(Bytes value) {
    ByteBuffer buffer = value.asBuffer();
    readExpiry(buffer);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  /**
   * @throws UnreadableEntryException on a format it does not know
   */
  public static Expiry expiry(Bytes value) {
    return readExpiry(value.asBuffer());
  }

  /** Of the value as it was given. */
  public static int sizeBytes(Bytes encoded) {
    ByteBuffer buffer = encoded.asBuffer();
    readExpiry(buffer);
    return buffer.remaining();
  }

  private static Expiry readExpiry(ByteBuffer buffer) {
    try {
      byte format = buffer.get();
      return switch (format) {
        case PLAIN -> Expiry.NEVER;
        case WITH_TTL -> new Expiry.After(buffer.getLong());
        case BOUND -> {
          byte[] id = new byte[buffer.get() & 0xff];
          buffer.get(id);
          yield new Expiry.WithSession(new String(id, StandardCharsets.US_ASCII));
        }
        default -> throw new IllegalArgumentException("format " + format);
      };
    } catch (java.nio.BufferUnderflowException | IllegalArgumentException e) {
      throw new UnreadableEntryException("A map entry is of a format that is not known here", e);
    }
  }
}
