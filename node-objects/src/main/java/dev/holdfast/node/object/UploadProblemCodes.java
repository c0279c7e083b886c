// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.http.ProblemCode;

/** Of {@code /v1/uploads} and {@code /v1/chunks}. */
final class UploadProblemCodes {
  public static final ProblemCode NO_SUCH_UPLOAD =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "NO_SUCH_UPLOAD",
          "There is no such upload, or it is over: committed, aborted, or unused for too long.",
          "Create one; what the cluster still has need not be sent again.",
          404);

  public static final ProblemCode UPLOAD_OF_OTHER_KEY =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "UPLOAD_OF_OTHER_KEY",
          "The upload was created for the object `key`.",
          "Commit it there.",
          409);

  public static final ProblemCode TOO_MANY_UPLOADS =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "TOO_MANY_UPLOADS",
          "The client has as many uploads, or as many bytes in them, as one may have.",
          "List them, and finish or abort some.",
          409);

  public static final ProblemCode UPLOAD_FULL =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "UPLOAD_FULL",
          "The chunks have more bytes than the upload was created for.",
          "Create one of the right size.",
          413);

  public static final ProblemCode WRONG_OFFSET =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "WRONG_OFFSET",
          "An append begins elsewhere than at `offset`, or behind a chunk that was not whole.",
          "Go on at `offset`, in whole chunks; only the last may be shorter.",
          409);

  public static final ProblemCode CHUNKS_MISSING =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "CHUNKS_MISSING",
          "The upload does not have `count` of its chunks; `missing` names the first of them.",
          "Ask again what is missing, and send it.",
          409);

  public static final ProblemCode BAD_MANIFEST =
      ProblemCode.of(
          ProblemCode.OBJECTS,
          "BAD_MANIFEST",
          "The list of chunks is none, or not one of this upload.",
          "Send a line \"SHA-256 LENGTH\" for each chunk, all but the last of a whole chunk.",
          400);

  private UploadProblemCodes() {}
}
