// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.http.ProblemException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each end of a request is to a client. */
final class ObjectProblemsTest {
  private static final ObjectKey KEY = new ObjectKey("k");
  private static final VersionId ID = new VersionId(Sha256.of(new byte[0]).toHex());

  record Row(String told, ProblemException problem) {
    Row(String told, WriteOutcome.Refused refused) {
      this(told, ObjectProblems.of(refused));
    }

    Row(String told, ObjectException failure) {
      this(told, ObjectProblems.of(failure));
    }

    @Override
    public String toString() {
      return told;
    }
  }

  private static final ChunkRef CHUNK = ChunkRef.of(new byte[] {1});

  private static ObjectException upload(UploadRefusal why) {
    return new ObjectException.UploadRefused(why);
  }

  static List<Row> rows() {
    return List.of(
        new Row("404 NOT_FOUND: There is no object k.", new WriteOutcome.NotFound(KEY)),
        new Row(
            "412 PRECONDITION_FAILED: If-Match: there is no such object.",
            new WriteOutcome.PreconditionFailed(new Preconditions.Violation.Absent())),
        new Row(
            "412 PRECONDITION_FAILED: If-Match: the object is at " + ID + ".",
            new WriteOutcome.PreconditionFailed(new Preconditions.Violation.NoMatch(ID))),
        new Row(
            "412 PRECONDITION_FAILED: If-None-Match: the object is at " + ID + ".",
            new WriteOutcome.PreconditionFailed(new Preconditions.Violation.Match(ID))),
        new Row(
            "412 PRECONDITION_FAILED: If-Unmodified-Since: the object is at "
                + ID
                + ", which is newer.",
            new WriteOutcome.PreconditionFailed(new Preconditions.Violation.Modified(ID))),
        new Row(
            "412 FENCED: Token 7 of lock 'l' is not held any more",
            new WriteOutcome.FenceRefused(new Fences.Verdict.MovedOn("l", 7))),
        new Row(
            "400 BAD_FENCE: A fence is LOCK;TOKEN, not 'l'",
            new WriteOutcome.FenceRefused(new Fences.Verdict.Malformed("l"))),
        new Row(
            "412 FENCED: The lock that this write of k named has moved on.",
            new WriteOutcome.Fenced(KEY)),
        new Row(
            "409 STALE_REQUEST: So many writes of k came since that this one may be forgotten."
                + " {revision=9}",
            new WriteOutcome.Stale(KEY, 9)),
        new Row(
            "503 NO_MAJORITY: 1 of the nodes [n1, n2, n3] are up, 2 are needed.",
            new WriteOutcome.TooFewReplicas(1, List.of("n1", "n2", "n3"), 2)),
        new Row(
            "503 OVERLOADED: The nodes [n2, n3] took too long to store this write."
                + " {retryAfterSeconds=1}",
            new WriteOutcome.ReplicasTooSlow(List.of("n2", "n3"))),
        new Row("507 DISK_FULL: No room.", new WriteOutcome.DiskFull("No room.")),
        new Row(
            "429 OVERLOADED: Too many writers of k wait for each other. {retryAfterSeconds=1}",
            new WriteOutcome.TooManyWriters(KEY)),
        new Row(
            "503 NO_MAJORITY: No majority of the coordinator answers.",
            new ObjectException.Unavailable(new IOException("gone"))),
        new Row(
            "503 OUTCOME_UNKNOWN: The write of k was handed over and no answer came in time.",
            new ObjectException.OutcomeUnknown("The write of k", new IOException("gone"))),
        new Row(
            "503 COPIES_UNREACHABLE: No copy of k can be reached; it has copies on [n1, n2]."
                + " {holders=[n1, n2]}",
            new ObjectException.CopiesUnreachable(KEY, List.of("n1", "n2"))),
        new Row(
            "400 BODY_INCOMPLETE: The body does not have its announced length.",
            new ObjectException.BodyIncomplete(new IOException("reset"))),
        new Row(
            "408 BODY_TIMEOUT: nothing came for 10 s",
            new ObjectException.BodyTimeout(new IOException("nothing came for 10 s"))),
        new Row(
            "413 TOO_LARGE: The body has more than 5 bytes.", new ObjectException.BodyTooLarge(5)),
        new Row(
            "400 CHECKSUM_MISMATCH: The body has SHA-256 aa, not bb.",
            new ObjectException.ChecksumMismatch("aa", "bb")),
        new Row(
            "404 NO_SUCH_UPLOAD: There is no upload u, or it is over.",
            upload(new UploadRefusal.Unknown("u"))),
        new Row(
            "409 UPLOAD_OF_OTHER_KEY: The upload was created for k. {key=k}",
            upload(new UploadRefusal.OtherKey(KEY))),
        new Row(
            "409 TOO_MANY_UPLOADS: A client has at most 3 of them.",
            upload(new UploadRefusal.TooMany("3 of them"))),
        new Row(
            "413 UPLOAD_FULL: The upload was created for 5 bytes.",
            upload(new UploadRefusal.Full(5))),
        new Row(
            "409 WRONG_OFFSET: The upload has 5 bytes. {offset=5}",
            upload(new UploadRefusal.WrongOffset(5))),
        new Row(
            "409 CHUNKS_MISSING: The upload does not have 1 of these chunks. {count=1, missing=["
                + CHUNK.hash().toHex()
                + "]}",
            upload(new UploadRefusal.ChunksMissing(List.of(CHUNK)))),
        new Row(
            "400 BAD_MANIFEST: Nothing was stored: line 1 is empty.",
            upload(new UploadRefusal.BadManifest("line 1 is empty"))),
        new Row(
            "503 NO_MAJORITY: 1 of the nodes [n1, n2] took it, 2 are needed.",
            upload(new UploadRefusal.TooFewNodes(1, List.of("n1", "n2"), 2))),
        new Row("507 DISK_FULL: No room.", upload(new UploadRefusal.DiskFull("No room."))),
        new Row(
            "429 OVERLOADED: Too many requests change the same uploads. {retryAfterSeconds=1}",
            upload(new UploadRefusal.TooManyWriters())),
        new Row(
            "429 OVERLOADED: Too many bodies are under way on this node. {retryAfterSeconds=1}",
            new ObjectException.Overloaded()));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void tellsEachWithStatusCodeAndDetail(Row row) {
    ProblemException problem = row.problem();

    assertThat(
            problem.status()
                + " "
                + problem.code()
                + ": "
                + problem.detail()
                + (problem.members().isEmpty() ? "" : " " + problem.members()))
        .isEqualTo(row.told());
    assertThat(problem.next()).isNotBlank();
  }
}
