// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.BodyException;
import dev.holdfast.client.rest.InterruptedCallException;
import dev.holdfast.client.rest.ProblemException;
import dev.holdfast.client.rest.RestException;
import dev.holdfast.client.rest.UnknownOutcomeException;
import dev.holdfast.protocol.Problem;
import dev.holdfast.protocol.frame.FrameException;
import dev.holdfast.protocol.frame.ServerFrame;
import org.jspecify.annotations.Nullable;

/** Error answers as exceptions: here and nowhere else. */
final class Failures {
  static final String OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN";
  static final String LOCK_HELD = "LOCK_HELD";
  static final String FENCED = "FENCED";
  static final String NOT_HELD = "NOT_HELD";
  static final String STALE_REQUEST = "STALE_REQUEST";
  static final String SESSION_NOT_FOUND = "SESSION_NOT_FOUND";
  static final String VERSION_MISMATCH = "VERSION_MISMATCH";

  /** Of this client and that node, who do not know the same paths. */
  private static final String NO_ROUTE = "NO_ROUTE";

  private static final String BODY_INCOMPLETE = "BODY_INCOMPLETE";

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

  static HoldfastException of(RestException failure) {
    String message = String.valueOf(failure.getMessage());
    if (failure instanceof ProblemException refused) {
      return of(refused.problem(), message);
    }
    if (failure instanceof UnknownOutcomeException) {
      return new OutcomeUnknownException(message, failure);
    }
    if (failure instanceof BodyException) {
      return new RefusedException(
          new Problem(0, BODY_INCOMPLETE, message, "correct the body, and send it again"), failure);
    }
    if (failure instanceof InterruptedCallException interrupted) {
      return new CallInterruptedException(message, interrupted.mayBeDone(), failure);
    }
    return new UnavailableException(message, failure);
  }

  static HoldfastException of(Problem problem) {
    return of(problem, problem.code() + ": " + problem.detail());
  }

  private static HoldfastException of(Problem problem, String message) {
    if (problem.code().equals(OUTCOME_UNKNOWN)) {
      return new OutcomeUnknownException(message);
    }
    return switch (problem.status()) {
      case 404 ->
          problem.code().equals(NO_ROUTE)
              ? new RefusedException(problem)
              : new NotFoundException(message);
      case 429, 503 -> new UnavailableException(message);
      case 500, 502, 504 -> new OutcomeUnknownException(message);
      default -> new RefusedException(problem);
    };
  }

  /** The same error, with the caller's stack: the original one is of an inner thread. */
  static HoldfastException rethrown(@Nullable Throwable cause) {
    if (cause instanceof HoldfastException known) {
      StackTraceElement[] here = new Throwable().getStackTrace();
      known.setStackTrace(here);
      return known;
    }
    throw new AssertionError("only Holdfast's errors complete a hold", cause);
  }
}
