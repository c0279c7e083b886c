// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import dev.holdfast.node.principal.Principal;
import dev.holdfast.node.websocket.WebSocketConnection;
import dev.holdfast.node.websocket.WebSocketUpgrade;
import io.undertow.server.HttpServerExchange;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/** The door of one WebSocket endpoint: who may come in, and what they speak. */
record SocketRoute(
    List<String> subprotocols,
    Admission admission,
    WebSocketEndpoint endpoint,
    SocketMemory memory,
    RandomGenerator masks) {

  /**
   * Upgrades, or throws what is wrong. Host and Origin were checked before, as on all routes (ASVS
   * 4.4.2).
   */
  void open(HttpServerExchange exchange, Exchange request) {
    if (!WebSocketUpgrade.isRequested(exchange)) {
      WebSocketUpgrade.demand(exchange);
      throw new ProblemException(
          426, "UPGRADE_REQUIRED", "This is a WebSocket", "Open it with a WebSocket client");
    }
    WebSocketUpgrade.fault(exchange)
        .ifPresent(fault -> {
          throw new ProblemException(400, "BAD_HANDSHAKE", fault, "Use a client of RFC 6455");
        });
    if (!WebSocketUpgrade.isVersion13(exchange)) {
      WebSocketUpgrade.demand(exchange);
      throw new ProblemException(
          426, "UPGRADE_REQUIRED", "Only WebSocket version 13 is spoken", "Use version 13");
    }
    admission.admit(request);
    String chosen =
        WebSocketUpgrade.offered(exchange).stream()
            .filter(Set.copyOf(subprotocols)::contains)
            .findFirst()
            .orElseThrow(() ->
                new ProblemException(
                    400,
                    "NO_SUBPROTOCOL",
                    "None of the offered subprotocols is spoken here",
                    "Offer one of: " + String.join(", ", subprotocols)));
    Principal principal = request.principal();
    WebSocketUpgrade.accept(
        exchange,
        chosen,
        connection -> {
          SocketMemory.Account account = memory.open();
          new ClientSocket(
                  new WebSocketConnection(
                      connection, false, ClientSocket.LIMITS, masks, account::unread),
                  endpoint,
                  chosen,
                  principal,
                  account)
              .start();
        });
  }
}
