// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.fence;

import dev.holdfast.node.http.ProblemCode;
import java.util.List;

/** Of writes that name a lock. */
public final class FenceProblemCodes {
  public static final ProblemCode FENCED =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "FENCED",
          "The lock that a write names has moved on. Nothing was written.",
          "Acquire it again, decide anew.",
          412);

  public static final ProblemCode BAD_FENCE =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "BAD_FENCE",
          "`Holdfast-Fence` is not `LOCK;TOKEN`.",
          "Correct it.",
          400);

  /** Of every operation that takes a fence. */
  public static final List<ProblemCode> ALL = List.of(FENCED, BAD_FENCE);

  private FenceProblemCodes() {}
}
