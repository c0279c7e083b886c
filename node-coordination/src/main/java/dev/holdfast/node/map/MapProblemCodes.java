// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import dev.holdfast.node.http.ProblemCode;

/** Of maps. */
final class MapProblemCodes {
  public static final ProblemCode VERSION_MISMATCH =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "VERSION_MISMATCH",
          "A key of a map has not the version that the write expects; `version` is what it has, 0"
              + " for absent.",
          "Read it again, decide anew.",
          412);

  public static final ProblemCode STATE_TOO_LARGE =
      ProblemCode.of(
          ProblemCode.COORDINATION,
          "STATE_TOO_LARGE",
          "All maps together would exceed `map.maxStateSize`; `limitBytes` tells it. Deletes still"
              + " go.",
          "Delete entries, or raise the limit.",
          507);

  private MapProblemCodes() {}
}
