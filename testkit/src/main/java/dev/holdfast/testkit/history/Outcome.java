// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

/** What a client knows of its call when it is over. */
public enum Outcome {
  /** Done, with this answer. */
  OK,
  /** Answered with a refusal that tells of the state: a condition did not hold, a lock was held. */
  REFUSED,
  /** Certainly without effect, for a reason that tells nothing of the state. */
  FAILED,
  /** It may have had its effect, or may have it yet. */
  UNKNOWN
}
