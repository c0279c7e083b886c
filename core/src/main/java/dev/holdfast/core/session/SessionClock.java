// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

import java.time.Duration;

/**
 * When a session is due to end, as its host counts in memory on a monotonic clock. Immutable; the
 * host replaces it under its own lock. All times are {@link System#nanoTime()} of one process, and
 * are handed in.
 *
 * @param ttlNanos of the session
 * @param deadlineNanos the session is due from then on
 * @param ending an expiry was submitted and may have been applied (R15)
 */
public record SessionClock(long ttlNanos, long deadlineNanos, boolean ending) {

  /**
   * @param nowNanos after the commit of the creation
   */
  public static SessionClock created(Session session, long nowNanos) {
    long ttlNanos = session.ttl().toNanos();
    return new SessionClock(ttlNanos, nowNanos + ttlNanos, false);
  }

  /**
   * The client may have been acknowledged by the previous host until that one learned of the
   * adoption, at the latest when its lease needed the next renewal.
   *
   * @param nowNanos after the commit of the adoption
   * @param nodeLease how long an expired lease of a node may be believed alive
   */
  public static SessionClock adopted(Session session, long nowNanos, Duration nodeLease) {
    long ttlNanos = session.ttl().toNanos();
    return new SessionClock(ttlNanos, nowNanos + ttlNanos + nodeLease.toNanos(), false);
  }

  /** Judges a keep-alive. Only an acknowledged one counts. */
  public KeepAlive keepAlive(long nowNanos, HostSight sight) {
    if (ending) {
      return new KeepAlive.Refused(KeepAlive.Why.ENDING);
    }
    if (sight.leaseSurelyValidUntilNanos() - nowNanos <= 0) {
      return new KeepAlive.Refused(KeepAlive.Why.LEASE_UNSURE);
    }
    if (sight.appliedRevision() < sight.leaseProvenRevision()) {
      return new KeepAlive.Refused(KeepAlive.Why.BEHIND);
    }
    if (!sight.hosting()) {
      return new KeepAlive.Refused(KeepAlive.Why.NOT_HOST);
    }
    return new KeepAlive.Acknowledged(withDeadline(nowNanos + ttlNanos));
  }

  /** Whether the host should submit the expiry now. */
  public boolean isDue(long nowNanos) {
    return !ending && nowNanos - deadlineNanos >= 0;
  }

  /** Call before the expiry is handed over. From then on no keep-alive is acknowledged (R15). */
  public SessionClock expirySubmitted() {
    return new SessionClock(ttlNanos, deadlineNanos, true);
  }

  /**
   * A linearizable answer showed that the expiry was not applied and cannot be any more. The
   * session is still due, unless a keep-alive comes first.
   */
  public SessionClock expiryFailed() {
    return new SessionClock(ttlNanos, deadlineNanos, false);
  }

  /** A keep-alive never brings the end nearer: after an adoption the deadline may be later. */
  private SessionClock withDeadline(long nanos) {
    return nanos - deadlineNanos > 0 ? new SessionClock(ttlNanos, nanos, false) : this;
  }
}
