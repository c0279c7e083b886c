// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

/**
 * A server outside the nodes that a backend agrees through, as it answers one node at the moment.
 *
 * @param address {@code host:port}
 */
public record CoordinatorServer(String address, State state) {
  /** What it says that it is. */
  public enum State {
    LEADER,
    FOLLOWER,
    /** It follows without a vote. */
    OBSERVER,
    /** It is alone, and always has the majority. */
    STANDALONE,
    /** It answers, and knows no majority. */
    NO_MAJORITY,
    /** It answers, and does not say. */
    UNKNOWN,
    UNREACHABLE
  }
}
