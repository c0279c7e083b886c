package dev.holdfast.client;

import dev.holdfast.protocol.Problem;
import dev.holdfast.protocol.frame.FrameException;
import dev.holdfast.protocol.frame.ServerFrame;

/** Error answers as exceptions: here and nowhere else. */
final class Failures {
  static final String OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN";
  static final String LOCK_HELD = "LOCK_HELD";
  static final String FENCED = "FENCED";
  static final String NOT_HELD = "NOT_HELD";
  static final String STALE_REQUEST = "STALE_REQUEST";
  static final String SESSION_NOT_FOUND = "SESSION_NOT_FOUND";
  static final String VERSION_MISMATCH = "VERSION_MISMATCH";

  private Failures() {}

  /** For a request that has its effect once: then an unknown outcome is learned by asking again. */
  static boolean isCuredByAskingAgain(ServerFrame.Failed failed) {
    return failed.retry() || failed.code().equals(OUTCOME_UNKNOWN);
  }

  /** A frame that is too long was not sent. */
  static RefusedException of(FrameException unsent) {
    return new RefusedException(
        unsent.code().name(), String.valueOf(unsent.getMessage()), "shorten it");
  }

  static HoldfastException of(ServerFrame.Failed failed) {
    return of(
        new Problem(
            Math.toIntExact(Math.min(failed.status(), 999)),
            failed.code(),
            failed.detail(),
            failed.next()));
  }

  static HoldfastException of(Problem problem) {
    String message = problem.code() + ": " + problem.detail();
    if (problem.code().equals(OUTCOME_UNKNOWN)) {
      return new OutcomeUnknownException(message);
    }
    return switch (problem.status()) {
      case 404 -> new NotFoundException(message);
      case 429, 503 -> new UnavailableException(message);
      case 500, 502, 504 -> new OutcomeUnknownException(message);
      default -> new RefusedException(problem);
    };
  }
}
