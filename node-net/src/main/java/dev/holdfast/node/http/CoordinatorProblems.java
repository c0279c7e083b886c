// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;

/** What a client is told when agreement fails: each answers whether to try again. */
public final class CoordinatorProblems {
  private final Coordinator coordinator;

  public CoordinatorProblems(Coordinator coordinator) {
    this.coordinator = coordinator;
  }

  /** The same router, whose handlers may throw what the coordinator throws. */
  public Router over(Router router) {
    return (operation, handler) ->
        router.add(
            operation.refuses(AgreementProblemCodes.ALL.toArray(ProblemCode[]::new)),
            exchange -> {
              try {
                handler.handle(exchange);
              } catch (CoordinatorException e) {
                throw translate(e);
              }
            });
  }

  public ProblemException translate(CoordinatorException e) {
    String detail = String.valueOf(e.getMessage());
    return switch (e) {
      case UnavailableException _ when !hasMajority() ->
          new ProblemException(
              503,
              "NO_MAJORITY",
              "This node reaches no majority of the cluster: " + detail,
              "Nothing was changed. Try again, or ask another node.",
              e);
      case UnavailableException _ ->
          new ProblemException(
              503, "UNAVAILABLE", detail, "Nothing was changed. Try again in a moment.", e);
      case OutcomeUnknownException _ ->
          new ProblemException(
              503,
              "OUTCOME_UNKNOWN",
              "The request may have been applied, or may yet be: " + detail,
              "Read what you wanted to change before you send it again.",
              e);
      case LimitExceededException limit when !limit.limit().startsWith("transaction.") ->
          new ProblemException(
                  507, "LIMIT_EXCEEDED", detail, "Delete what is not needed, or raise it.", e)
              .with("limit", limit.limit());
      case LimitExceededException limit ->
          new ProblemException(413, "LIMIT_EXCEEDED", detail, "Send less at once.", e)
              .with("limit", limit.limit());
      case CoordinatorFailedException _ ->
          new ProblemException(503, "NODE_FAILED", detail, "Ask another node.", e);
    };
  }

  private boolean hasMajority() {
    return coordinator.lease().state() == NodeLease.State.CONNECTED
        && coordinator.status().leader() != null;
  }
}
