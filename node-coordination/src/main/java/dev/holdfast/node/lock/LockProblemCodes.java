// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.lock;

import dev.holdfast.node.http.ProblemCode;

/** Of locks. */
public final class LockProblemCodes {
  public static final ProblemCode BAD_WAIT =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "BAD_WAIT",
          "A wait is no duration, or longer than 10m.",
          "Correct it.",
          400);

  public static final ProblemCode BAD_DELAY =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "BAD_DELAY",
          "A lock delay is no duration, or longer than 10m.",
          "Correct it.",
          400);

  public static final ProblemCode LOCK_HELD =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "LOCK_HELD",
          "The wait is over and others hold the lock; `position` tells how many wait.",
          "Wait longer.",
          409);

  public static final ProblemCode NOT_HELD =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "NOT_HELD",
          "This holder does not hold the lock.",
          "Release as the holder who acquired it.",
          409);

  public static final ProblemCode MODE_MISMATCH =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "MODE_MISMATCH",
          "The lock is in use in another mode, or with other permits.",
          "Use the same mode.",
          409);

  public static final ProblemCode STALE_REQUEST =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "STALE_REQUEST",
          "What is asked for was released or cancelled since the request was first sent; or so many"
              + " wrote the object since that a repeat cannot be told from a new write.",
          "Ask anew. A write of an object that was sent before: read it first, the outcome is"
              + " unknown.",
          409);

  public static final ProblemCode CANCELLED =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "CANCELLED",
          "Another request withdrew this wait.",
          "Ask again if it is still needed.",
          409);

  public static final ProblemCode QUEUE_FULL =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "QUEUE_FULL",
          "Too many wait for this lock.",
          "Try later.",
          429);

  private LockProblemCodes() {}
}
