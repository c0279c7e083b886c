// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;

/**
 * On which terms a {@link MapClient} writes.
 *
 * @param fence {@code LOCK;TOKEN}, or empty
 * @param ttlMillis how long a value stays; {@link #UNLIMITED}, or {@link #AS_THE_SESSION}
 */
record MapTerms(String fence, long ttlMillis) {
  static final long UNLIMITED = -1;
  static final long AS_THE_SESSION = 0;
  static final MapTerms PLAIN = new MapTerms("", UNLIMITED);

  MapTerms fenced(String header) {
    return new MapTerms(header, ttlMillis);
  }

  MapTerms lasting(Duration ttl) {
    if (ttl.toMillis() < 1) {
      throw new IllegalArgumentException("a ttl is 1s to 8760h, not " + ttl);
    }
    return new MapTerms(fence, ttl.toMillis());
  }

  MapTerms asTheSession() {
    return new MapTerms(fence, AS_THE_SESSION);
  }

  boolean isUnlimited() {
    return ttlMillis == UNLIMITED;
  }
}
