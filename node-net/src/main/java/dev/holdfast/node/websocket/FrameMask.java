// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The masking of RFC 6455 §5.3, eight bytes at a time. */
final class FrameMask {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private FrameMask() {}

  /**
   * Masks or unmasks in place.
   *
   * @param phase how many bytes of the frame's payload came before {@code from}
   */
  static void apply(int mask, byte[] bytes, int from, int length, long phase) {
    int turned = Integer.rotateLeft(mask, (int) (phase & 3) * 8);
    long wide = ((turned & 0xFFFF_FFFFL) << 32) | (turned & 0xFFFF_FFFFL);
    int end = from + length;
    int i = from;
    for (; i + 8 <= end; i += 8) {
      LONGS.set(bytes, i, (long) LONGS.get(bytes, i) ^ wide);
    }
    for (int j = 0; i < end; i++, j++) {
      bytes[i] ^= (byte) (wide >>> (56 - 8 * j));
    }
  }
}
