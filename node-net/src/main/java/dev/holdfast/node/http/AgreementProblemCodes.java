// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.util.List;

/** What is answered when agreement fails. */
public final class AgreementProblemCodes {
  public static final ProblemCode NO_MAJORITY =
      ProblemCode.of(
          ProblemCode.AGREEMENT,
          "NO_MAJORITY",
          "The node reaches no majority. Nothing was changed.",
          "Try again, or ask another node.",
          503);

  public static final ProblemCode UNAVAILABLE =
      ProblemCode.of(
          ProblemCode.AGREEMENT,
          "UNAVAILABLE",
          "Agreement did not come in time. Nothing was changed.",
          "Try again in a moment.",
          503);

  public static final ProblemCode OUTCOME_UNKNOWN =
      ProblemCode.of(
          ProblemCode.AGREEMENT,
          "OUTCOME_UNKNOWN",
          "The change may have been applied, or may yet be.",
          "Read before you send it again.",
          503);

  public static final ProblemCode LIMIT_EXCEEDED =
      ProblemCode.of(
          ProblemCode.AGREEMENT,
          "LIMIT_EXCEEDED",
          "413: the change is larger than one commit may be. 507: there are as many sessions, locks,"
              + " counters, latches or barriers as may be. `limit` names which.",
          "Send less at once; delete what is not needed, or raise the limit.",
          413,
          507);

  public static final ProblemCode NODE_FAILED =
      ProblemCode.of(
          ProblemCode.AGREEMENT,
          "NODE_FAILED",
          "The log or the disk of this node failed; it ends.",
          "Ask another node.",
          503);

  /** Of every operation that reads or changes what is agreed on. */
  public static final List<ProblemCode> ALL =
      List.of(NO_MAJORITY, UNAVAILABLE, OUTCOME_UNKNOWN, LIMIT_EXCEEDED, NODE_FAILED);

  private AgreementProblemCodes() {}
}
