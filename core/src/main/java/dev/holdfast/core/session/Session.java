// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The entry of a session. It has no time of its last keep-alive: that lives with its host, and
 * starts anew with a new host (R10).
 *
 * @param ttlMillis without a keep-alive for this long the session ends
 * @param adoptions how often the host has changed: an expiry that was decided before an adoption
 *     does not fit the session after it
 */
public record Session(long ttlMillis, SessionHost host, long adoptions) {
  public static final Duration TTL_MIN = Duration.ofSeconds(1);
  public static final Duration TTL_MAX = Duration.ofHours(24);

  public Session {
    Optional<String> problem = ttlProblem(Duration.ofMillis(ttlMillis));
    if (problem.isPresent()) {
      throw new IllegalArgumentException(problem.get());
    }
    if (adoptions < 0) {
      throw new IllegalArgumentException("adoptions: " + adoptions);
    }
  }

  /** What is wrong with a TTL that a client asks for, or empty. */
  public static Optional<String> ttlProblem(Duration ttl) {
    return ttl.compareTo(TTL_MIN) < 0 || ttl.compareTo(TTL_MAX) > 0
        ? Optional.of("The ttl of a session is 1s to 24h")
        : Optional.empty();
  }

  public Duration ttl() {
    return Duration.ofMillis(ttlMillis);
  }

  /**
   * Whether its host is done with it: it has ended, or was adopted since.
   *
   * @param applied as the host has applied it, which may be older than what the host itself
   *     committed; null for ended
   */
  public boolean isOver(@Nullable Session applied) {
    return applied == null || applied.adoptions() > adoptions;
  }

  /**
   * Whether a node is the host of this session, as it took it on.
   *
   * @param applied as the node has applied it; null for ended
   * @param presentLease of the node
   */
  public boolean isHosted(@Nullable Session applied, long presentLease) {
    return applied != null && host.equals(applied.host()) && host.lease() == presentLease;
  }

  /**
   * Whether a node that was told that it is the host of this session begins to count its time. Not
   * if it does so already, and may even have submitted the expiry (R15); and not if this is late
   * news of a time before another adoption.
   *
   * @param known how the node hosts the session now; null when it does not
   */
  public boolean isNews(@Nullable Session known) {
    return known == null || adoptions > known.adoptions();
  }

  Session adoptedBy(SessionHost newHost) {
    return new Session(ttlMillis, newHost, adoptions + 1);
  }
}
