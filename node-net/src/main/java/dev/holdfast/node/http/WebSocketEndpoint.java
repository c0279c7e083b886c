// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

/** A feature that speaks over WebSockets. Registered with {@link HttpServer#webSocket}. */
@FunctionalInterface
public interface WebSocketEndpoint {
  /**
   * A client connected. Runs on the connection's virtual thread, before any message of it.
   *
   * @return receives the messages; its calls come one at a time, in order
   */
  WebSocketSession opened(WebSocketChannelHandle channel);
}
