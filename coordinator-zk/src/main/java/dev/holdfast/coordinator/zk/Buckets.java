// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which buckets there are below {@code live}, and what the last used of them hold (R7). One that is
 * kept here is as the servers have it: an event of a change drops it. Not thread-safe: guarded by
 * the lock of {@link Mirror}.
 */
final class Buckets {
  private static final int KEPT_MAX = 16_384;

  private final Set<String> there = new HashSet<>();
  private final Lru<String, Bucket> kept = new Lru<>(KEPT_MAX);

  /** It was made or set at this zxid. */
  void changed(String path, long zxid) {
    there.add(path);
    Bucket known = kept.get(path);
    if (known != null && known.zxid() < zxid) {
      kept.remove(path);
    }
  }

  void listed(String path) {
    there.add(path);
  }

  /** It holds this, unless something newer is known. */
  void keep(String path, Bucket bucket) {
    there.add(path);
    Bucket known = kept.get(path);
    if (known == null || known.zxid() <= bucket.zxid()) {
      kept.put(path, bucket);
    }
  }

  /** Changes may be missed from now on. */
  void forget() {
    kept.clear();
  }

  /** {@link Bucket#NONE} when there is no such znode; null when it must be read. */
  @Nullable Bucket get(String path) {
    return there.contains(path) ? kept.get(path) : Bucket.NONE;
  }
}
