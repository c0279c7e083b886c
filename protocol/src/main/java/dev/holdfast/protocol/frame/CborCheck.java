// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * What Jackson is too kind to, looked for before it reads: one walk over the heads of all items.
 * Frames have no tags (RFC 8949 §3.4), and it takes any number of them, at a cost that grows with
 * its square. Texts are UTF-8, and it also takes the longer forms of a character, so that one key
 * could be written in two ways.
 */
final class CborCheck {
  private static final int BYTE_STRING = 2;
  private static final int TEXT_STRING = 3;
  private static final int TAG = 6;
  private static final int ONE_BYTE_ARGUMENT = 24;
  private static final int EIGHT_BYTE_ARGUMENT = 27;

  private CborCheck() {}

  /**
   * @throws FrameException when there is a tag, or a text that is no UTF-8, before the first byte
   *     that is no CBOR; what follows that is never read
   */
  static void check(byte[] bytes) {
    int at = 0;
    while (at < bytes.length) {
      int major = (bytes[at] & 0xff) >> 5;
      int info = bytes[at] & 0x1f;
      if (major == TAG) {
        throw new FrameException(
            FrameException.Code.FRAME_MALFORMED, "frames have no tags", 0, null);
      }
      int size = info < ONE_BYTE_ARGUMENT || info > EIGHT_BYTE_ARGUMENT ? 0 : 1 << (info - 24);
      if (at + size >= bytes.length) {
        return;
      }
      long argument = size == 0 ? info : 0;
      for (int i = 1; i <= size; i++) {
        argument = (argument << 8) | (bytes[at + i] & 0xff);
      }
      at += 1 + size;
      if ((major == BYTE_STRING || major == TEXT_STRING) && info <= EIGHT_BYTE_ARGUMENT) {
        if (argument < 0 || argument > bytes.length - at) {
          return;
        }
        if (major == TEXT_STRING) {
          requireUtf8(bytes, at, (int) argument);
        }
        at += (int) argument;
      }
    }
  }

  private static void requireUtf8(byte[] bytes, int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (bytes[i] < 0) { // Most texts are ASCII.
        decode(bytes, from, length);
        return;
      }
    }
  }

  private static void decode(byte[] bytes, int from, int length) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, length));
    } catch (CharacterCodingException e) {
      throw new FrameException(FrameException.Code.FRAME_MALFORMED, "a text is no UTF-8", 0, e);
    }
  }
}
