package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.node.http.ProblemException;
import java.util.Collection;
import java.util.List;

/** The errors of the object routes, each in one place. */
final class ObjectProblems {
  private static final int RETRY_AFTER_SECONDS = 1;

  private ObjectProblems() {}

  static ProblemException notFound(ObjectKey key) {
    return new ProblemException(
        404, "NOT_FOUND", "There is no object " + key + ".", "Check the key, or list its prefix.");
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

  static ProblemException preconditionFailed(String why) {
    return new ProblemException(
        412, "PRECONDITION_FAILED", why, "Read the object again, decide anew, and send its ETag.");
  }

  static ProblemException noMajority(String why) {
    return noMajority(why, null);
  }

  static ProblemException noMajority(
      String why, @org.jspecify.annotations.Nullable Throwable cause) {
    return new ProblemException(
        503,
        "NO_MAJORITY",
        why,
        "Nothing was changed. Try again when a majority of the nodes is up.",
        cause);
  }

  static ProblemException outcomeUnknown(ObjectKey key, Throwable cause) {
    return new ProblemException(
        503,
        "OUTCOME_UNKNOWN",
        "The write of " + key + " was handed over and no answer came in time.",
        "It may have been applied, or may yet be: read the object, and compare its version.",
        cause);
  }

  /** Nothing was changed by this request; by one before it with the same id perhaps. */
  static ProblemException staleRequest(ObjectKey key, long revision) {
    return new ProblemException(
            409,
            "STALE_REQUEST",
            "So many writes of " + key + " came since that this one may be forgotten.",
            "Sent once: send it again with another id and the \"revision\" as Holdfast-Seen."
                + " Sent before: its outcome is unknown, read the object.")
        .with("revision", revision);
  }

  static ProblemException diskFull(String why) {
    return new ProblemException(
        507,
        "DISK_FULL",
        why,
        "Free some space, delete objects, or write to another node. Reads and deletes go on.");
  }

  static ProblemException tooManyWriters(ObjectKey key) {
    return overloaded(
        429,
        "Too many writers of " + key + " wait for each other.",
        "Nothing was changed. Try again after a second, or spread the writes over several keys.");
  }

  /** The nodes are up, and cannot keep up. */
  static ProblemException tooSlow(Collection<String> nodes) {
    return overloaded(
        503,
        "The nodes " + nodes + " took too long to store this write.",
        "Nothing was changed. Try again after a second, with fewer writes at the same time.");
  }

  static ProblemException fenced(ObjectKey key) {
    return new ProblemException(
        412,
        "FENCED",
        "The lock that this write of " + key + " named has moved on.",
        "Nothing was changed. Acquire the lock again, and use its new token.");
  }

  static ProblemException copiesUnreachable(ObjectKey key, List<String> replicas) {
    return new ProblemException(
            503,
            "COPIES_UNREACHABLE",
            "No copy of " + key + " can be reached; it has copies on " + replicas + ".",
            "Try again when one of these nodes is back. Nothing is lost.")
        .with("holders", replicas);
  }

  static ProblemException bodyIncomplete(Throwable cause) {
    return new ProblemException(
        400,
        "BODY_INCOMPLETE",
        "The body does not have its announced length.",
        "Nothing was stored. Send it again.",
        cause);
  }

  static ProblemException bodyTimeout(Throwable cause) {
    return new ProblemException(
        408,
        "BODY_TIMEOUT",
        String.valueOf(cause.getMessage()),
        "Nothing was stored. Send it again, without pauses.",
        cause);
  }

  static ProblemException tooLarge(long maximum) {
    return new ProblemException(
        413,
        "TOO_LARGE",
        "An object has at most " + maximum + " bytes.",
        "Split it into several objects.");
  }

  static ProblemException overloaded() {
    return overloaded(
        429,
        "Too many bodies are under way on this node.",
        "Try again after a second, or ask another node.");
  }

  private static ProblemException overloaded(int status, String why, String next) {
    return new ProblemException(status, "OVERLOADED", why, next)
        .with("retryAfterSeconds", RETRY_AFTER_SECONDS);
  }
}
