// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Items of CBOR (RFC 8949), one by one, so that a test can put a wrong one in the place of any. */
final class CborItems {
  private static final int UNSIGNED = 0;
  private static final int NEGATIVE = 1;
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int ARRAY = 4;

  private CborItems() {}

  static byte[] number(long value) {
    return value < 0 ? head(NEGATIVE, -1 - value) : head(UNSIGNED, value);
  }

  static byte[] text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    return joined(head(TEXT, utf8.length), utf8);
  }

  static byte[] bytes(byte[] value) {
    return joined(head(BYTES, value.length), value);
  }

  static byte[] array(byte[]... items) {
    return joined(head(ARRAY, items.length), joined(items));
  }

  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] head(int major, long value) {
    ByteBuffer head = ByteBuffer.allocate(9);
    int type = major << 5;
    if (value < 24) {
      head.put((byte) (type | value));
    } else if (value < 0x100) {
      head.put((byte) (type | 24)).put((byte) value);
    } else if (value < 0x1_0000) {
      head.put((byte) (type | 25)).putShort((short) value);
    } else {
      head.put((byte) (type | 27)).putLong(value);
    }
    byte[] bytes = new byte[head.position()];
    head.flip().get(bytes);
    return bytes;
  }
}
