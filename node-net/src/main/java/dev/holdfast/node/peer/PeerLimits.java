// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import dev.holdfast.node.websocket.WebSocketLimits;
import java.time.Duration;

/** The named limits of the peer port. */
final class PeerLimits {
  /** A frame: 2 MiB of payload and its envelope. Checked when announced, before Kryo sees it. */
  static final int FRAME_BYTES_MAX = (2 << 20) + (4 << 10);

  /** Calls of one connection that have no reply yet; further callers wait within their deadline. */
  static final int CALLS_IN_FLIGHT_MAX = 1_024;

  /** Requests of one connection that are being handled; then reading pauses. */
  static final int REQUESTS_IN_FLIGHT_MAX = 1_024;

  static final int QUEUED_FRAMES_MAX = 4_096;
  static final int QUEUED_BYTES_MAX = 16 << 20;

  /** A reply that the caller does not take within this ends the connection. */
  static final Duration REPLY_STALL_MAX = Duration.ofSeconds(30);

  /** A node that is up answers at once, unless its machine is overloaded. */
  static final Duration CONNECT_TIMEOUT = Duration.ofMillis(1_500);

  static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(5);

  /** Between two attempts to reach a node that did not answer; doubles from one to the other. */
  static final Duration BACKOFF_MIN = Duration.ofMillis(50);

  static final Duration BACKOFF_MAX = Duration.ofSeconds(1);

  /** Connections of callers that have not proved the secret yet. */
  static final int UNPROVEN_MAX = 64;

  static final String PATH = "/peer";
  static final String SUBPROTOCOL = "holdfast.peer.v1";

  static final WebSocketLimits SOCKET =
      new WebSocketLimits(
          PeerHello.MESSAGE_BYTES_MAX,
          FRAME_BYTES_MAX,
          QUEUED_FRAMES_MAX,
          QUEUED_BYTES_MAX,
          Duration.ofSeconds(2));

  private PeerLimits() {}
}
