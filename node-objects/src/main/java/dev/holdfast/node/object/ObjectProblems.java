// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.node.fence.FenceProblems;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.Router;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client is told when a request of objects is refused or fails. */
final class ObjectProblems {
  private static final int RETRY_AFTER_SECONDS = 1;

  private ObjectProblems() {}

  /** The same router, whose handlers may throw an {@link ObjectException}. */
  static Router over(Router router) {
    return (operation, handler) ->
        router.add(
            operation,
            exchange -> {
              try {
                handler.handle(exchange);
              } catch (ObjectException e) {
                throw of(e);
              }
            });
  }

  static ProblemException of(ObjectException e) {
    String detail = String.valueOf(e.getMessage());
    return switch (e) {
      case ObjectException.Unavailable _ -> noMajority(detail, e);
      case ObjectException.OutcomeUnknown _ ->
          new ProblemException(
              503,
              "OUTCOME_UNKNOWN",
              detail,
              "It may have been applied, or may yet be: read the object, and compare its version.",
              e);
      case ObjectException.CopiesUnreachable unreachable ->
          new ProblemException(
                  503,
                  "COPIES_UNREACHABLE",
                  detail,
                  "Try again when one of these nodes is back. Nothing is lost.",
                  e)
              .with("holders", unreachable.nodes());
      case ObjectException.VersionRemoved _ ->
          new ProblemException(
              410,
              "VERSION_REMOVED",
              detail,
              "Read a newer version: ?versions lists them, those that are gone as 'removed'.",
              e);
      case ObjectException.BodyIncomplete _ ->
          new ProblemException(
              400, "BODY_INCOMPLETE", detail, "Nothing was stored. Send it again.", e);
      case ObjectException.BodyTimeout _ ->
          new ProblemException(
              408, "BODY_TIMEOUT", detail, "Nothing was stored. Send it again, without pauses.", e);
      case ObjectException.BodyTooLarge _ ->
          new ProblemException(413, "TOO_LARGE", detail, "Split it into several objects.", e);
      case ObjectException.ChecksumMismatch _ ->
          new ProblemException(
              400, "CHECKSUM_MISMATCH", detail, "Nothing was stored. Send it again.", e);
      case ObjectException.UploadRefused refused -> UploadProblems.of(refused.why());
      case ObjectException.Overloaded _ ->
          overloaded(429, detail, "Try again after a second, or ask another node.");
    };
  }

  static ProblemException of(WriteOutcome.Refused refused) {
    return switch (refused) {
      case WriteOutcome.NotFound(ObjectKey key) -> notFound(key);
      case WriteOutcome.PreconditionFailed(Preconditions.Violation violation, boolean isFinal) ->
          isFinal
              ? preconditionFailed(violation).with("final", true)
              : preconditionFailed(violation);
      case WriteOutcome.FenceRefused(var verdict) -> FenceProblems.of(verdict);
      case WriteOutcome.Fenced(ObjectKey key) ->
          new ProblemException(
              412,
              "FENCED",
              "The lock that this write of " + key + " named has moved on.",
              "Nothing was changed. Acquire the lock again, and use its new token.");
      case WriteOutcome.Stale(ObjectKey key, long revision) ->
          new ProblemException(
                  409,
                  "STALE_REQUEST",
                  "So many writes of " + key + " came since that this one may be forgotten.",
                  "Sent once: send it again with another id and the \"revision\" as Holdfast-Seen."
                      + " Sent before: its outcome is unknown, read the object.")
              .with("revision", revision);
      case WriteOutcome.TooFewReplicas(int up, List<String> chosen, int needed) ->
          noMajority("%d of the nodes %s are up, %d are needed.".formatted(up, chosen, needed));
      case WriteOutcome.ReplicasTooSlow(List<String> nodes) ->
          overloaded(
              503,
              "The nodes " + nodes + " took too long to store this write.",
              "Nothing was changed. Try again after a second, with fewer writes at the same time.");
      case WriteOutcome.NotOnHead(ObjectKey key, VersionId head) ->
          new ProblemException(
                  409,
                  "NOT_ON_HEAD",
                  "This version of " + key + " does not come after its confirmed head.",
                  "Merge them: POST ?merge with both in Holdfast-Parents.")
              .with("head", head.value());
      case WriteOutcome.VersionUnknown(ObjectKey key, VersionId id) -> versionUnknown(key, id);
      case WriteOutcome.DiskFull(String why) -> diskFull(why);
      case WriteOutcome.TooManyWriters(ObjectKey key) ->
          overloaded(
              429,
              "Too many writers of " + key + " wait for each other.",
              "Nothing was changed. Try again after a second, or spread the writes over several"
                  + " keys.");
    };
  }

  static ProblemException diskFull(String why) {
    return new ProblemException(
        507,
        "DISK_FULL",
        why,
        "Free some space, delete objects, or write to another node. Reads and deletes go on.");
  }

  static ProblemException notFound(ObjectKey key) {
    return new ProblemException(
        404, "NOT_FOUND", "There is no object " + key + ".", "Check the key, or list its prefix.");
  }

  static ProblemException versionUnknown(ObjectKey key, VersionId id) {
    return new ProblemException(
        404,
        "NO_SUCH_VERSION",
        "No node in reach has the version " + id + " of " + key + ", or it is a deletion.",
        "List its versions with ?versions, or ask again when all nodes are up.");
  }

  static ProblemException preconditionFailed(Preconditions.Violation violation) {
    String why =
        switch (violation) {
          case Preconditions.Violation.Absent _ -> "If-Match: there is no such object.";
          case Preconditions.Violation.NoMatch(var current) ->
              "If-Match: the object is at " + current + ".";
          case Preconditions.Violation.Match(var current) ->
              "If-None-Match: the object is at " + current + ".";
          case Preconditions.Violation.Modified(var current) ->
              "If-Unmodified-Since: the object is at " + current + ", which is newer.";
        };
    return new ProblemException(
        412, "PRECONDITION_FAILED", why, "Read the object again, decide anew, and send its ETag.");
  }

  static ProblemException clusterUnknown() {
    return noMajority("This node does not know the cluster yet.");
  }

  static ProblemException rangeNotSatisfiable(long sizeBytes) {
    return new ProblemException(
        416,
        "RANGE_NOT_SATISFIABLE",
        "The object has " + sizeBytes + " bytes; the range begins behind them.",
        "Ask for a range within the object, or for all of it.");
  }

  static ProblemException badKey(String why) {
    return new ProblemException(400, "BAD_KEY", why, "Choose another key.");
  }

  static ProblemException badHeader(String why) {
    return new ProblemException(400, "BAD_HEADER", why, "Correct the header and send it again.");
  }

  static ProblemException badQuery(String why) {
    return new ProblemException(400, "BAD_QUERY", why, "Correct the query and send it again.");
  }

  static ProblemException noMajority(String why) {
    return noMajority(why, null);
  }

  private static ProblemException noMajority(String why, @Nullable Throwable cause) {
    return new ProblemException(
        503,
        "NO_MAJORITY",
        why,
        "Nothing was changed. Try again when a majority of the nodes is up.",
        cause);
  }

  static ProblemException overloaded(int status, String why, String next) {
    return new ProblemException(status, "OVERLOADED", why, next)
        .with("retryAfterSeconds", RETRY_AFTER_SECONDS);
  }
}
