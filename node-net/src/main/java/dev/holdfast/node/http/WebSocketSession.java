// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

/**
 * Receives one connection's messages in order, one call at a time, on the connection's own virtual
 * thread: it may block, and while it does the connection is read no further than a few messages. An
 * exception closes the connection with 1011.
 */
public interface WebSocketSession {
  void onText(String text);

  void onBinary(byte[] bytes);

  /** The last call, exactly once. 1006 when the connection broke. */
  void onClose(int code, String reason);
}
