// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.fence;

import dev.holdfast.node.http.ProblemException;
import dev.holdfast.spi.coordinator.Condition;

/** What a client is told whose fence does not hold. */
public final class FenceProblems {
  private FenceProblems() {}

  /**
   * @throws ProblemException 412 {@code FENCED}, 400 {@code BAD_FENCE}
   */
  public static Condition require(Fences.Verdict verdict) {
    return switch (verdict) {
      case Fences.Verdict.Holds(Condition unchanged) -> unchanged;
      case Fences.Verdict.Refused refused -> throw of(refused);
    };
  }

  public static ProblemException of(Fences.Verdict.Refused refused) {
    return switch (refused) {
      case Fences.Verdict.MovedOn(String lock, long token) ->
          new ProblemException(
              412,
              "FENCED",
              "Token " + token + " of lock '" + lock + "' is not held any more",
              "Acquire the lock again and decide anew what to write.");
      case Fences.Verdict.Malformed(String fence) ->
          new ProblemException(
              400,
              "BAD_FENCE",
              "A fence is LOCK;TOKEN, not '" + fence + "'",
              "Send the name of the lock and the token of its grant.");
    };
  }
}
