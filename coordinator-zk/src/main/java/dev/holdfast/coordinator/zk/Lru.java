// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import java.util.LinkedHashMap;
import java.util.Map;

/** Keeps what was used last, up to a size. Not thread-safe; also {@link #get} changes it. */
final class Lru<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1;

  private final int sizeMax;

  Lru(int sizeMax) {
    super(64, 0.75f, true);
    this.sizeMax = sizeMax;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > sizeMax;
  }
}
