// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.node.http.ProblemCode;
import java.util.List;

/** Of frames of the session socket, beside those of what they ask for. */
final class SocketProblemCodes {
  public static final ProblemCode OTHER_PARTIES =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "OTHER_PARTIES",
          "Others wait at the barrier for another number of parties.",
          "Name the same number.",
          409);

  public static final ProblemCode TOO_MANY_WATCHES =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "TOO_MANY_WATCHES",
          "A connection has as many watches as it may.",
          "End some, or open another connection.",
          429);

  public static final ProblemCode TOO_MANY_OBSERVED =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "TOO_MANY_OBSERVED",
          "A connection observes too many elections and groups.",
          "End some, or open another connection.",
          429);

  public static final ProblemCode ALREADY_SUBSCRIBED =
      ProblemCode.of(
          ProblemCode.CLUSTER,
          "ALREADY_SUBSCRIBED",
          "The connection has subscribed to events already.",
          "Open another connection.",
          409);

  public static final ProblemCode TOO_MANY_HANDLES =
      ProblemCode.of(
          ProblemCode.SOCKET,
          "TOO_MANY_HANDLES",
          "The connection follows as many handles as it may.",
          "Release some, or open another one.",
          429);

  public static final ProblemCode FRAME_MALFORMED =
      ProblemCode.of(
          ProblemCode.SOCKET,
          "FRAME_MALFORMED",
          "The frame is neither JSON nor CBOR as agreed.",
          "Correct it.",
          400);

  public static final ProblemCode FRAME_TOO_LARGE =
      ProblemCode.of(
          ProblemCode.SOCKET,
          "FRAME_TOO_LARGE",
          "The frame is larger than frames may be.",
          "Send less.",
          400);

  public static final ProblemCode FRAME_TYPE_UNKNOWN =
      ProblemCode.of(
          ProblemCode.SOCKET,
          "FRAME_TYPE_UNKNOWN",
          "There is no frame of this type.",
          "Compare it with the protocol.",
          400);

  public static final ProblemCode FRAME_FIELD_UNKNOWN =
      ProblemCode.of(
          ProblemCode.SOCKET,
          "FRAME_FIELD_UNKNOWN",
          "The frame has a field that its type does not know.",
          "Remove it.",
          400);

  public static final ProblemCode FRAME_FIELD_MISSING =
      ProblemCode.of(
          ProblemCode.SOCKET,
          "FRAME_FIELD_MISSING",
          "A field that is needed is not there.",
          "Send it.",
          400);

  public static final ProblemCode FRAME_FIELD_INVALID =
      ProblemCode.of(
          ProblemCode.SOCKET,
          "FRAME_FIELD_INVALID",
          "A field has the wrong type, or is outside its range.",
          "Correct it.",
          400);

  public static final ProblemCode FRAME_FIELD_TOO_LONG =
      ProblemCode.of(
          ProblemCode.SOCKET,
          "FRAME_FIELD_TOO_LONG",
          "A text is longer than its field may be.",
          "Shorten it.",
          400);

  /** In {@code failed} frames alone. */
  public static final List<ProblemCode> ALL =
      List.of(
          OTHER_PARTIES,
          TOO_MANY_WATCHES,
          TOO_MANY_OBSERVED,
          ALREADY_SUBSCRIBED,
          TOO_MANY_HANDLES,
          FRAME_MALFORMED,
          FRAME_TOO_LARGE,
          FRAME_TYPE_UNKNOWN,
          FRAME_FIELD_UNKNOWN,
          FRAME_FIELD_MISSING,
          FRAME_FIELD_INVALID,
          FRAME_FIELD_TOO_LONG);

  private SocketProblemCodes() {}
}
