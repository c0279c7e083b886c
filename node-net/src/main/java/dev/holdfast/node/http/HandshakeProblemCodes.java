// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

/** Of a WebSocket that does not open. */
public final class HandshakeProblemCodes {
  public static final ProblemCode UPGRADE_REQUIRED =
      ProblemCode.of(
          ProblemCode.SOCKET,
          "UPGRADE_REQUIRED",
          "The path is a WebSocket of version 13.",
          "Open it with a WebSocket client.",
          426);

  public static final ProblemCode BAD_HANDSHAKE =
      ProblemCode.of(
          ProblemCode.SOCKET,
          "BAD_HANDSHAKE",
          "The upgrade does not follow RFC 6455.",
          "Use another client.",
          400);

  public static final ProblemCode NO_SUBPROTOCOL =
      ProblemCode.of(
          ProblemCode.SOCKET,
          "NO_SUBPROTOCOL",
          "None of the offered subprotocols is spoken.",
          "Offer one that `next` names.",
          400);

  private HandshakeProblemCodes() {}
}
