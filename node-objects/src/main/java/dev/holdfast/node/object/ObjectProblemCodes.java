// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.http.ProblemCode;

/** Of {@code /v1/objects}. */
final class ObjectProblemCodes {
  public static final ProblemCode BAD_KEY =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "BAD_KEY",
          "The key is empty, longer than 1 KiB, or has a segment `.`, `..` or empty.",
          "Choose another.",
          400);

  public static final ProblemCode PRECONDITION_FAILED =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "PRECONDITION_FAILED",
          "`If-Match` or `If-None-Match` does not hold; `final` when no other try of a write with an id was"
              + " or will be carried out.",
          "Read it again, decide anew.",
          412);

  public static final ProblemCode CHECKSUM_MISMATCH =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "CHECKSUM_MISMATCH",
          "The body is not what its checksum says. Nothing was stored.",
          "Send it again.",
          400);

  public static final ProblemCode RANGE_NOT_SATISFIABLE =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "RANGE_NOT_SATISFIABLE",
          "The range begins behind the end of the object.",
          "Ask within its size.",
          416);

  public static final ProblemCode TOO_LARGE =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "TOO_LARGE",
          "The object is larger than objects may be.",
          "Split it.",
          413);

  public static final ProblemCode COPIES_UNREACHABLE =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "COPIES_UNREACHABLE",
          "None of the `holders` can be reached. Nothing is lost.",
          "Wait until one is back.",
          503);

  public static final ProblemCode DISK_FULL =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "DISK_FULL",
          "The node's disk is nearly full. Reads and deletes go on.",
          "Free space, or use another node.",
          507);

  public static final ProblemCode NOT_ON_HEAD =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "NOT_ON_HEAD",
          "The version does not come after the confirmed `head`, and the request wants no branch.",
          "Merge the two.",
          409);

  public static final ProblemCode NO_SUCH_VERSION =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "NO_SUCH_VERSION",
          "No node in reach has this version of the object, or it is a deletion.",
          "List the versions.",
          404);

  public static final ProblemCode VERSION_REMOVED =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "VERSION_REMOVED",
          "Retention deleted the bytes of this version; the history still names it.",
          "Read a newer version.",
          410);

  private ObjectProblemCodes() {}
}
