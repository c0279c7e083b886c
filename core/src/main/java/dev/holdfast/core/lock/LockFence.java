// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import dev.holdfast.spi.Bytes;

/** The last token of a lock: what a restore must exceed (R9). */
public final class LockFence {
  private LockFence() {}

  /**
   * @param entry the value of a {@code lock/…} entry
   * @throws IllegalArgumentException when it is none
   */
  public static long of(Bytes entry) {
    return LockCodec.decode(entry).fence();
  }
}
