// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/** Payloads to whole frames, RFC 6455 section 5.2. Thread-safe. */
final class FrameEncoder {
  private final boolean client;
  private final RandomGenerator masks;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * @param client whether this side opened the connection, and so masks what it sends
   */
  FrameEncoder(boolean client, RandomGenerator masks) {
    this.client = client;
    this.masks = masks;
  }

  /**
   * @param payload is the frame's from here on; it may be masked in place
   */
  OutFrame encode(int opcode, byte[] payload) {
    int length = payload.length;
    ByteBuffer header = ByteBuffer.allocate(14);
    header.put((byte) (0x80 | opcode));
    int maskBit = client ? 0x80 : 0;
    if (length < 126) {
      header.put((byte) (maskBit | length));
    } else if (length < 0x1_0000) {
      header.put((byte) (maskBit | 126)).putShort((short) length);
    } else {
      header.put((byte) (maskBit | 127)).putLong(length);
    }
    if (client) {
      int mask = nextMask();
      header.putInt(mask);
      FrameMask.apply(mask, payload, 0, length, 0);
    }
    return new OutFrame(header.flip(), ByteBuffer.wrap(payload));
  }

  private int nextMask() {
    lock.lock();
    try {
      return masks.nextInt();
    } finally {
      lock.unlock();
    }
  }
}
