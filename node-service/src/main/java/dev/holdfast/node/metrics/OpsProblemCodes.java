// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.metrics;

import dev.holdfast.node.http.ProblemCode;

/** Of health. */
final class OpsProblemCodes {
  public static final ProblemCode NOT_READY =
      ProblemCode.of(
          ProblemCode.AGREEMENT,
          "NOT_READY",
          "`GET /health/ready`: the node is not ready, and why. Any other request: the node is"
              + " stopping, and nothing was done.",
          "Wait, or ask another node.",
          503);

  private OpsProblemCodes() {}
}
