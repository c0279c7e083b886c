// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.fence.FenceProblemCodes;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemCode;
import dev.holdfast.node.http.RequestProblemCodes;
import dev.holdfast.node.lock.LockProblemCodes;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.protocol.WireHeaders;

/** What {@link ObjectRoutes} answers, and how. */
final class ObjectOperations {
  private static final String PATH = "/v1/objects/{key...}";
  private static final String ANY = "any, as it was stored";

  static final Operation PUT =
      write(
              "putObject",
              "PUT",
              "Stores an object. The answer's ETag is its version; equal bytes are the same"
                  + " version.")
          .query(
              "upload",
              "Commits an upload: the body has a line \"SHA-256 LENGTH\" for each chunk, or is empty"
                  + " for what was appended.")
          .header("Content-Type", "Given back with the object.")
          .header("Content-Encoding", "Given back with the object; the bytes stay as they come.")
          .header(ObjectBodies.META_HEADER_PREFIX + "NAME", "Metadata of the user.")
          .header(ObjectBodies.SHA256_HEADER, "Of all bytes, in hex: others are refused.")
          .takesBytes("any")
          .answers(200, ObjectBodies.Put.class)
          .answers(201, ObjectBodies.Put.class)
          .answers(202, ObjectBodies.Put.class)
          .refuses(
              ObjectProblemCodes.CHECKSUM_MISMATCH,
              ObjectProblemCodes.TOO_LARGE,
              ObjectProblemCodes.DISK_FULL,
              UploadProblemCodes.NO_SUCH_UPLOAD,
              UploadProblemCodes.UPLOAD_OF_OTHER_KEY,
              UploadProblemCodes.CHUNKS_MISSING,
              UploadProblemCodes.BAD_MANIFEST);

  static final Operation DELETE =
      write("deleteObject", "DELETE", "Deletes an object: a version without bytes.")
          .answers(200, ObjectBodies.Put.class)
          .answers(202, ObjectBodies.Put.class)
          .refuses(RequestProblemCodes.NOT_FOUND);

  static final Operation CHANGE =
      write(
              "changeObject",
              "POST",
              "Merges versions into a new one, or confirms a provisional one.")
          .query(
              "merge",
              "Write a version on top of those in Holdfast-Parents: it ends their conflict.")
          .query("take", "Of a merge: the version whose bytes it has; else the body is sent.")
          .query("confirm", "The version to make the head.")
          .header("Content-Type", "Given back with the object.")
          .header("Content-Encoding", "Given back with the object; the bytes stay as they come.")
          .header(ObjectBodies.META_HEADER_PREFIX + "NAME", "Metadata of the user.")
          .header(ObjectBodies.SHA256_HEADER, "Of all bytes, in hex: others are refused.")
          .takesBytes("any")
          .answers(200, ObjectBodies.Put.class)
          .answers(201, ObjectBodies.Put.class)
          .answers(202, ObjectBodies.Put.class)
          .refuses(
              ObjectProblemCodes.NO_SUCH_VERSION,
              ObjectProblemCodes.VERSION_REMOVED,
              ObjectProblemCodes.CHECKSUM_MISMATCH,
              ObjectProblemCodes.TOO_LARGE,
              ObjectProblemCodes.DISK_FULL);

  static final Operation CONFLICTS =
      Operation.external(
              "listConflicts",
              "GET",
              "/v1/conflicts",
              Operation.Scope.OBJECTS_READ,
              "Objects with several heads, a page at a time.")
          .query("prefix", "Of the keys.")
          .query("after", "What the page before named as next.")
          .query("limit", "1 to 100 entries.")
          .answers(200, ObjectBodies.Conflicts.class)
          .refuses(ObjectProblemCodes.BAD_KEY);

  static final Operation GET =
      read("getObject", "GET", "The bytes of an object.")
          .query("versions", "Its versions instead, as JSON.")
          .query("format", "Of the versions: json, or mermaid for a diagram.")
          .header("Range", "One range of bytes; several, or what is none, are answered with all.")
          .header("If-Range", "The ETag of which the range is wanted; of another, all is sent.")
          .answersBytes(200, ANY)
          .answersBytes(206, ANY)
          .answers(304)
          .refuses(ObjectProblemCodes.RANGE_NOT_SATISFIABLE);

  static final Operation HEAD =
      read("headObject", "HEAD", "All that GET answers, but the bytes.").answers(200).answers(304);

  static final Operation LIST =
      Operation.external(
              "listObjects",
              "GET",
              "/v1/objects",
              Operation.Scope.OBJECTS_READ,
              "Objects by key, a page at a time.")
          .query("prefix", "Of the keys.")
          .query("delimiter", "Keys that have it behind the prefix are one entry of prefixes.")
          .query("after", "What the page before named as next.")
          .query("limit", "1 to 1000 entries.")
          .answers(200, ObjectBodies.Page.class)
          .refuses(ObjectProblemCodes.COPIES_UNREACHABLE);

  private ObjectOperations() {}

  private static Operation write(String id, String method, String summary) {
    return Operation.external(id, method, PATH, Operation.Scope.OBJECTS_WRITE, summary)
        .query("durability", "Copies before the answer: local, majority (the usual) or all.")
        .query(
            "consistency",
            "auto (the usual): agreed on where a majority can be reached, else provisional; confirmed;"
                + " provisional.")
        .header(
            ObjectBodies.PARENTS_HEADER,
            "The versions that it follows; of other ones than the head it makes a branch.")
        .header("If-Match", "Versions of which the object must have one; * for any.")
        .header("If-None-Match", "* when there must be no such object.")
        .header("If-Unmodified-Since", "A date, for want of a version.")
        .header(ObjectBodies.FENCE_HEADER, "LOCK;TOKEN: only while that grant holds.")
        .header(WireHeaders.REQUEST, "The same for each try of one write: it is done once.")
        .header(WireHeaders.SEEN, "The newest revision that the client had seen at the first try.")
        .refuses(
            ObjectProblemCodes.BAD_KEY,
            ObjectProblemCodes.PRECONDITION_FAILED,
            ObjectProblemCodes.NOT_ON_HEAD,
            LockProblemCodes.STALE_REQUEST)
        .refuses(FenceProblemCodes.ALL.toArray(ProblemCode[]::new));
  }

  private static Operation read(String id, String method, String summary) {
    return Operation.external(id, method, PATH, Operation.Scope.OBJECTS_READ, summary)
        .query("version", "One version, by its id.")
        .query(
            "read",
            "preferred (the usual): the confirmed head, on a node that is cut off what it knows;"
                + " confirmed_only; provisional_allowed: the latest head.")
        .header("If-Match", "Versions of which the object must have one.")
        .header("If-None-Match", "Versions that need not be sent again.")
        .header("If-Modified-Since", "A date, for want of a version.")
        .header("If-Unmodified-Since", "A date, for want of a version.")
        .refuses(
            ObjectProblemCodes.BAD_KEY,
            RequestProblemCodes.NOT_FOUND,
            ObjectProblemCodes.NO_SUCH_VERSION,
            ObjectProblemCodes.VERSION_REMOVED,
            ObjectProblemCodes.PRECONDITION_FAILED,
            ObjectProblemCodes.COPIES_UNREACHABLE);
  }
}
