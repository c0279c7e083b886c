// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.FrameCodec;

/** How frames travel on a session's WebSocket. */
public enum Encoding {
  /** About half the bytes of JSON. The default. */
  CBOR(FrameCodec.CBOR),
  /** Readable in a network trace. */
  JSON(FrameCodec.JSON);

  private final FrameCodec codec;

  Encoding(FrameCodec codec) {
    this.codec = codec;
  }

  FrameCodec codec() {
    return codec;
  }
}
