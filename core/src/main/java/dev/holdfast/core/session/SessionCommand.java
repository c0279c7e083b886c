// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

import java.util.Optional;

/** What can be asked of a session. Its id is in the key of its entry. */
public sealed interface SessionCommand {
  /**
   * @param ttlMillis as {@link Session#ttlProblem} allows
   * @param seenRevision the newest revision that was known when the id was chosen: a session of
   *     this id that ended later is not made again (R12)
   */
  record Create(long ttlMillis, SessionHost host, long seenRevision) implements SessionCommand {
    public Create {
      if (seenRevision < 0) {
        throw new IllegalArgumentException("A revision is not negative: " + seenRevision);
      }
    }
  }

  /**
   * Another node, or the same under a new lease, becomes the host.
   *
   * @param expected the host that the decision to adopt was about
   * @param grounds why this is allowed; {@link Grounds#of} decides
   */
  record Adopt(SessionHost newHost, SessionHost expected, Grounds grounds)
      implements SessionCommand {}

  /** The client is done: ends the session whoever hosts it. */
  record Close() implements SessionCommand {}

  /**
   * The host has had no keep-alive for too long.
   *
   * @param expected the session as the host knew it when it decided
   */
  record Expire(Session expected) implements SessionCommand {}

  /**
   * When a session may be adopted (R16). Without this rule, a home that flaps between two nodes
   * would prolong the session of a dead client for ever.
   */
  enum Grounds {
    HOST_LEASE_GONE,
    KEEP_ALIVE_IN_HAND;

    /**
     * @param hostLeaseGone the lease named by {@link Session#host()} has ended
     * @param keepAliveInHand a keep-alive of the session's client waits for its answer here
     * @return empty when the session must not be adopted
     */
    public static Optional<Grounds> of(boolean hostLeaseGone, boolean keepAliveInHand) {
      if (hostLeaseGone) {
        return Optional.of(HOST_LEASE_GONE);
      }
      return keepAliveInHand ? Optional.of(KEEP_ALIVE_IN_HAND) : Optional.empty();
    }
  }
}
