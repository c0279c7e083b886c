// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator.LocalObservation;
import dev.holdfast.spi.coordinator.Observation;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The last that this process saw of entries that nobody follows. It may be old, and says how old; a
 * commit that is planned on it fails when it is.
 */
final class ColdHeads {
  private static final int HEADS_MAX = 20_000;

  private record Head(Known known, long seenNanos) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Lru<EntryKey, Head> heads = new Lru<>(HEADS_MAX);
  private final LongSupplier nanos;

  ColdHeads(LongSupplier nanos) {
    this.nanos = nanos;
  }

  @Nullable Known get(EntryKey key) {
    lock.lock();
    try {
      Head head = heads.get(key);
      return head == null ? null : head.known;
    } finally {
      lock.unlock();
    }
  }

  void put(Known known, long seenNanos) {
    lock.lock();
    try {
      Head before = heads.get(known.key());
      if (before == null || before.known.revision() <= known.revision()) {
        heads.put(known.key(), new Head(known, seenNanos));
      }
    } finally {
      lock.unlock();
    }
  }

  void forget(EntryKey key) {
    lock.lock();
    try {
      heads.remove(key);
    } finally {
      lock.unlock();
    }
  }

  /** Nothing at revision 0 and of negative age when it never was seen. */
  LocalObservation local(EntryKey key) {
    lock.lock();
    try {
      Head head = heads.get(key);
      return head == null
          ? new LocalObservation(new Observation(key, null, 0, 0), -1)
          : new LocalObservation(
              head.known.observation(),
              TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - head.seenNanos));
    } finally {
      lock.unlock();
    }
  }
}
