// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.FrameLimits;
import java.util.Optional;

/**
 * One change of a {@link MapClient#batchUpdate}.
 *
 * @param value empty to delete
 * @param expected the version that the key must have, 0 when it must be absent, negative for any
 */
public record MapUpdate<V>(String key, Optional<V> value, long expected) {
  public static <V> MapUpdate<V> set(String key, V value) {
    return new MapUpdate<>(key, Optional.of(value), FrameLimits.ANY_VERSION);
  }

  public static <V> MapUpdate<V> delete(String key) {
    return new MapUpdate<>(key, Optional.empty(), FrameLimits.ANY_VERSION);
  }

  /** Only if the key has this version. */
  public MapUpdate<V> ifVersion(long version) {
    return new MapUpdate<>(key, value, version);
  }

  /** Only if the key is absent. */
  public MapUpdate<V> ifAbsent() {
    return new MapUpdate<>(key, value, 0);
  }
}
