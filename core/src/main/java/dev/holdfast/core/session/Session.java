package dev.holdfast.core.session;

import java.time.Duration;
import java.util.Optional;

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

  Session adoptedBy(SessionHost newHost) {
    return new Session(ttlMillis, newHost, adoptions + 1);
  }
}
