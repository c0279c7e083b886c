// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

/** What becomes of a commit that does not get its answer the usual way. Chosen by the test. */
public enum CommitFate {
  /** It never leaves the node: {@code UnavailableException}, no effect. */
  UNAVAILABLE,
  /** {@code OutcomeUnknownException}, and it was lost on its way: no effect. */
  UNKNOWN_NOT_APPLIED,
  /** {@code OutcomeUnknownException}, though it was judged and applied at once. */
  UNKNOWN_APPLIED,
  /**
   * {@code OutcomeUnknownException}, and it arrives late: judged when the node is healed, or at
   * {@link InMemoryCluster#deliverLate}.
   */
  UNKNOWN_APPLIED_LATER
}
