// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.rest;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.client.rest.BodyException;
import dev.holdfast.client.rest.InterruptedCallException;
import dev.holdfast.client.rest.NoAnswerException;
import dev.holdfast.client.rest.ProblemException;
import dev.holdfast.client.rest.RestException;
import dev.holdfast.client.rest.UnknownOutcomeException;
import dev.holdfast.protocol.Problem;

/** Requests that failed, as a person is told: what happened, what to do next, exit code. */
public final class RestFailures {
  private RestFailures() {}

  public static CommandException told(RestException failure) {
    String what = String.valueOf(failure.getMessage());
    return switch (failure) {
      case NoAnswerException e ->
          new CommandException(
              ExitCode.UNAVAILABLE,
              what,
              e.isSomeoneThere()
                  ? "try again when they are up; 'holdfast cluster status' shows the nodes"
                  : "start a cluster with 'holdfast up', or name one with --server or"
                      + " HOLDFAST_SERVERS",
              e);
      case UnknownOutcomeException e ->
          new CommandException(
              ExitCode.OUTCOME_UNKNOWN,
              what,
              "it may or may not have been done; look, then decide whether to repeat it",
              e);
      case InterruptedCallException e ->
          new CommandException(
              e.mayBeDone() ? ExitCode.OUTCOME_UNKNOWN : ExitCode.UNAVAILABLE, what, "", e);
      case BodyException e -> new CommandException(ExitCode.REFUSED, what, "", e);
      case ProblemException e -> refused(e);
    };
  }

  private static CommandException refused(ProblemException failure) {
    Problem problem = failure.problem();
    String others = failure.others().isEmpty() ? "" : "; asked: " + failure.others();
    return new CommandException(
        exitCode(problem),
        "%s (%s from %s%s)".formatted(problem.detail(), problem.code(), failure.server(), others),
        problem.next(),
        failure);
  }

  private static ExitCode exitCode(Problem problem) {
    return switch (problem.status()) {
      case 404 -> ExitCode.NOT_FOUND;
      case 400 -> ExitCode.USAGE;
      case 429 -> ExitCode.UNAVAILABLE;
      default -> problem.status() >= 500 ? ExitCode.UNAVAILABLE : ExitCode.REFUSED;
    };
  }
}
