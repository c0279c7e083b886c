// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import dev.holdfast.node.principal.Principal;
import java.time.Duration;

/** The sending side of one client's WebSocket. Thread-safe; nothing here blocks. */
public interface WebSocketChannelHandle {
  /** The one that was agreed on, e.g. {@code holdfast.v1.json}. */
  String subprotocol();

  String remoteAddress();

  /** Who opened it. */
  Principal principal();

  boolean isOpen();

  /**
   * Queues a message; messages arrive in the order of the calls. A client that lets {@value
   * ClientSocket#QUEUED_FRAMES_MAX} messages pile up is closed with 1013.
   *
   * @return false when the connection is closed or was closed by this call
   */
  boolean sendText(String text);

  /** As {@link #sendText}; the array is the connection's from here on. */
  boolean sendBinary(byte[] bytes);

  /**
   * Blocks until a message of this size, and half as much as may pile up, would still fit.
   *
   * @return false when it does not fit in time, or the connection is closed
   */
  default boolean awaitRoom(int sizeBytes, Duration timeout) {
    return true;
  }

  /** Where the bytes that this connection keeps in memory are counted. */
  SocketMemory.Account memory();

  /** Says goodbye after what was sent before. */
  void close(int code, String reason);
}
