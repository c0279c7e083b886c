// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.node.http.ProblemException;
import java.util.List;

/** What a client is told when a request of an upload is refused. */
final class UploadProblems {
  /** Of the chunks that are missing, so many are named. */
  private static final int NAMED_MAX = 16;

  private UploadProblems() {}

  static ProblemException of(UploadRefusal refusal) {
    return switch (refusal) {
      case UploadRefusal.Unknown(String id) ->
          new ProblemException(
              404,
              "NO_SUCH_UPLOAD",
              "There is no upload " + id + ", or it is over.",
              "Create one: what the cluster still has need not be sent again.");
      case UploadRefusal.OtherKey(ObjectKey key) ->
          new ProblemException(
                  409,
                  "UPLOAD_OF_OTHER_KEY",
                  "The upload was created for " + key + ".",
                  "Commit it there, or create one for this object.")
              .with("key", key.value());
      case UploadRefusal.TooMany(String limit) ->
          new ProblemException(
              409,
              "TOO_MANY_UPLOADS",
              "A client has at most " + limit + ".",
              "List them with GET /v1/uploads, and finish or abort some.");
      case UploadRefusal.Full(long bytesMax) ->
          new ProblemException(
              413,
              "UPLOAD_FULL",
              "The upload was created for " + bytesMax + " bytes.",
              "Create one of the right size.");
      case UploadRefusal.WrongOffset(long offset) ->
          new ProblemException(
                  409,
                  "WRONG_OFFSET",
                  "The upload has " + offset + " bytes.",
                  "Go on there, in whole chunks; behind a shorter one it can only be committed.")
              .with("offset", offset);
      case UploadRefusal.ChunksMissing(List<ChunkRef> chunks) -> missing(chunks);
      case UploadRefusal.BadManifest(String why) -> badManifest(why);
      case UploadRefusal.TooFewNodes(int up, List<String> nodes, int needed) ->
          ObjectProblems.noMajority(
              "%d of the nodes %s took it, %d are needed.".formatted(up, nodes, needed));
      case UploadRefusal.DiskFull(String why) -> ObjectProblems.diskFull(why);
      case UploadRefusal.TooManyWriters _ ->
          ObjectProblems.overloaded(
              429, "Too many requests change the same uploads.", "Try again after a second.");
    };
  }

  private static ProblemException missing(List<ChunkRef> chunks) {
    return new ProblemException(
            409,
            "CHUNKS_MISSING",
            "The upload does not have " + chunks.size() + " of these chunks.",
            "Nothing was changed. Ask again what is missing, and send it.")
        .with("count", chunks.size())
        .with("missing", chunks.stream().limit(NAMED_MAX).map(ref -> ref.hash().toHex()).toList());
  }

  private static ProblemException badManifest(String why) {
    return new ProblemException(
        400, "BAD_MANIFEST", "Nothing was stored: " + why + ".", "Correct it and send it again.");
  }

  /**
   * @param field of a body
   */
  static ProblemException invalid(String field, String why) {
    return new ProblemException(
        400, "INVALID_VALUE", field + " " + why + ".", "Correct it and send it again.");
  }
}
