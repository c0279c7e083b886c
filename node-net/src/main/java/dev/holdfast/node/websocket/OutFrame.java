// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

import java.nio.ByteBuffer;

/** A frame on its way; tells whether any of it may have reached the other side. */
public final class OutFrame {
  final ByteBuffer header;
  final ByteBuffer payload;
  final int sizeBytes;
  private volatile boolean handedOver;

  OutFrame(ByteBuffer header, ByteBuffer payload) {
    this.header = header;
    this.payload = payload;
    this.sizeBytes = header.remaining() + payload.remaining();
  }

  /** False as long as certainly no byte of this frame was given to the socket. */
  public boolean handedOver() {
    return handedOver;
  }

  void handOver() {
    handedOver = true;
  }

  /** Whether the socket has taken a part of it: then the rest must follow. */
  boolean isBegun() {
    return header.remaining() + payload.remaining() < sizeBytes;
  }

  boolean isWritten() {
    return !header.hasRemaining() && !payload.hasRemaining();
  }
}
