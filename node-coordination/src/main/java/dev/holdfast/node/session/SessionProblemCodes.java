// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.session;

import dev.holdfast.node.http.ProblemCode;

/** Of sessions, and of the names in all of coordination. */
public final class SessionProblemCodes {
  public static final ProblemCode BAD_TTL =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "BAD_TTL",
          "A TTL is missing, without unit, or not within 1s to 24h.",
          "Correct it.",
          400);

  public static final ProblemCode BAD_NAME =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "BAD_NAME",
          "The name of a lock, holder or session is not allowed.",
          "Choose another.",
          400);

  public static final ProblemCode SESSION_NOT_FOUND =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "SESSION_NOT_FOUND",
          "The session has ended, or never was.",
          "Create one; what the old one held is released.",
          404);

  private SessionProblemCodes() {}
}
