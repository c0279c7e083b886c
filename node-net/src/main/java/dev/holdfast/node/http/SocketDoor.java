// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.util.List;

/**
 * A WebSocket that clients may open.
 *
 * @param operation whose path is literal, without variables
 * @param subprotocols that are spoken there, the preferred ones first
 * @param memory of all its connections together
 */
public record SocketDoor(
    Operation operation,
    List<String> subprotocols,
    SocketMemory memory,
    WebSocketEndpoint endpoint) {
  public SocketDoor {
    subprotocols = List.copyOf(subprotocols);
  }
}
