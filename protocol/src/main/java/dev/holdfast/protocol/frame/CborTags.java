// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

/**
 * Frames have no tags (RFC 8949 §3.4), and Jackson takes any number of them, at a cost that grows
 * with its square. So they are looked for before it reads: one walk over the heads of all items.
 */
final class CborTags {
  private static final int BYTE_STRING = 2;
  private static final int TEXT_STRING = 3;
  private static final int TAG = 6;
  private static final int ONE_BYTE_ARGUMENT = 24;
  private static final int EIGHT_BYTE_ARGUMENT = 27;

  private CborTags() {}

  /**
   * @throws FrameException when there is a tag before the first byte that is no CBOR; what follows
   *     that is never read
   */
  static void refuse(byte[] bytes) {
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
        at += (int) argument;
      }
    }
  }
}
