// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.barrier;

/**
 * @param outcome of the command
 * @param round that the party arrived in, or wanted to leave
 * @param waiting parties that waited before it arrived
 * @param parties of the barrier
 */
public record BarrierReply(Outcome outcome, long round, int waiting, int parties) {
  public enum Outcome {
    /** It waits. */
    ARRIVED,
    /** It was the last: the round is over. Also for a leave that came too late. */
    TRIPPED,
    /** It went away before the round was over. */
    LEFT,
    /** Others wait for another number of parties. */
    OTHER_PARTIES
  }
}
