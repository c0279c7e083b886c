// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;

/**
 * On which terms a {@link MapClient} writes.
 *
 * @param fence {@code LOCK;TOKEN}, or empty
 * @param ttlMillis how long a value stays; {@link #UNLIMITED}, or {@link #AS_THE_SESSION}
 */
record WriteTerms(String fence, long ttlMillis) {
  static final long UNLIMITED = -1;
  static final long AS_THE_SESSION = 0;
  static final WriteTerms PLAIN = new WriteTerms("", UNLIMITED);

  WriteTerms fenced(String header) {
    return new WriteTerms(header, ttlMillis);
  }

  WriteTerms lasting(Duration ttl) {
    if (ttl.toMillis() < 1) {
      throw new IllegalArgumentException("a ttl is 1s to 8760h, not " + ttl);
    }
    return new WriteTerms(fence, ttl.toMillis());
  }

  WriteTerms asTheSession() {
    return new WriteTerms(fence, AS_THE_SESSION);
  }

  boolean isUnlimited() {
    return ttlMillis == UNLIMITED;
  }
}
