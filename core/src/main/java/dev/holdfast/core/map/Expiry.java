// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.map;

import dev.holdfast.core.Names;
import java.time.Duration;

/**
 * When an entry of a map goes by itself, if nobody writes its key again. It belongs to the value
 * that was written with it: the next write of the key brings its own.
 */
public sealed interface Expiry {
  Expiry NEVER = new Never();

  /** It stays until it is deleted. */
  record Never() implements Expiry {}

  /**
   * After a while, counted from the commit. A duration and no instant (R10): each node counts on
   * its own clock from when it first saw the entry, so the entry may stay longer and never goes
   * early.
   */
  record After(long millis) implements Expiry {
    public static final Duration MIN = Duration.ofSeconds(1);
    public static final Duration MAX = Duration.ofDays(365);

    public After {
      if (millis < MIN.toMillis() || millis > MAX.toMillis()) {
        throw new IllegalArgumentException("The ttl of a key is 1s to 8760h");
      }
    }
  }

  /** With the end of a session. It is written on the condition that the session exists. */
  record WithSession(String session) implements Expiry {
    public WithSession {
      Names.require(session, Names.sessionProblem(session));
    }
  }
}
