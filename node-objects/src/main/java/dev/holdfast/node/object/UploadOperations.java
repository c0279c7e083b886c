// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.http.Operation;
import dev.holdfast.protocol.UploadBodies;

/** What {@link UploadRoutes} answers, and how. */
final class UploadOperations {
  private static final String UPLOADS = "/v1/uploads";
  private static final String UPLOAD = "/v1/uploads/{id}";

  static final Operation CREATE =
      write("createUpload", "POST", UPLOADS, "Begins an upload that any node can go on with.")
          .takes(UploadBodies.Create.class)
          .answers(201, UploadBodies.Info.class)
          .refuses(
              ObjectProblemCodes.BAD_KEY,
              UploadProblemCodes.TOO_MANY_UPLOADS,
              ObjectProblemCodes.TOO_LARGE,
              ObjectProblemCodes.DISK_FULL);

  static final Operation LIST =
      Operation.external(
              "listUploads",
              "GET",
              UPLOADS,
              Operation.Scope.OBJECTS_WRITE,
              "The unfinished uploads of the client, a page at a time.")
          .query("key", "Those of one object.")
          .query("after", "What the page before named as next.")
          .query("limit", "1 to 100 entries.")
          .answers(200, UploadBodies.Page.class)
          .refuses(ObjectProblemCodes.BAD_KEY);

  static final Operation INFO =
      Operation.external(
              "getUpload",
              "GET",
              UPLOAD,
              Operation.Scope.OBJECTS_WRITE,
              "An unfinished upload: what it has, how old it is and when it ends.")
          .answers(200, UploadBodies.Info.class)
          .refuses(UploadProblemCodes.NO_SUCH_UPLOAD);

  static final Operation APPEND =
      write(
              "appendToUpload",
              "POST",
              UPLOAD,
              "Adds bytes at the end. Of a body that breaks, what came in whole chunks stays.")
          .query("offset", "Where they begin: what the upload has appended so far.")
          .takesBytes("any")
          .answers(200, UploadBodies.Info.class)
          .refuses(
              UploadProblemCodes.NO_SUCH_UPLOAD,
              UploadProblemCodes.WRONG_OFFSET,
              UploadProblemCodes.UPLOAD_FULL,
              ObjectProblemCodes.DISK_FULL);

  static final Operation ABORT =
      write("abortUpload", "DELETE", UPLOAD, "Forgets an upload and what only it needed.")
          .answers(204)
          .refuses(UploadProblemCodes.NO_SUCH_UPLOAD);

  static final Operation MISSING =
      write(
              "missingChunks",
              "POST",
              "/v1/chunks/missing",
              "Which of these chunks the client has to send; the others are kept for its upload.")
          .takes(UploadBodies.Ask.class)
          .answers(200, UploadBodies.Missing.class)
          .refuses(UploadProblemCodes.NO_SUCH_UPLOAD);

  static final Operation STORE =
      write(
              "storeChunk",
              "PUT",
              "/v1/chunks/{sha256}",
              "Stores a chunk for an upload; bytes that are not what the path says are refused.")
          .query("upload", "The upload that needs it.")
          .takesBytes("any, at most a chunk")
          .answers(200, UploadBodies.Stored.class)
          .refuses(
              UploadProblemCodes.NO_SUCH_UPLOAD,
              UploadProblemCodes.UPLOAD_FULL,
              UploadProblemCodes.BAD_MANIFEST,
              ObjectProblemCodes.CHECKSUM_MISMATCH,
              ObjectProblemCodes.TOO_LARGE,
              ObjectProblemCodes.DISK_FULL);

  private UploadOperations() {}

  private static Operation write(String id, String method, String path, String summary) {
    return Operation.external(id, method, path, Operation.Scope.OBJECTS_WRITE, summary);
  }
}
