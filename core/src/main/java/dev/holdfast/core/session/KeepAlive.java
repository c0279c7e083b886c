// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

/** Whether a keep-alive may be acknowledged. */
public sealed interface KeepAlive {
  /**
   * @param clock replaces the one that was asked
   */
  record Acknowledged(SessionClock clock) implements KeepAlive {}

  /** The client is not told that it lives. It may try again until its own deadline. */
  record Refused(Why why) implements KeepAlive {}

  /** Why a keep-alive is not acknowledged. */
  enum Why {
    /** An expiry was submitted (R15): read, then try again. */
    ENDING,
    /** The lease of this node may have ended: another node may be the host. */
    LEASE_UNSURE,
    /** This node has not applied what its lease proved: it may have missed an adoption. */
    BEHIND,
    /** Another node is the host: forward to it, or adopt the session. */
    NOT_HOST
  }
}
