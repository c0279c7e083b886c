// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.websocket;

/** Called on the connection's I/O thread, one call at a time: be quick, never block. */
public interface WebSocketListener {
  /** A whole message. The array belongs to the listener. */
  void message(boolean text, byte[] payload);

  /** Exactly once; nothing follows. */
  void closed(int code, String reason);
}
