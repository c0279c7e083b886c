// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Notices that somebody records a version of a key whose copy here is about to be removed: it may
 * count on what it found. A touch happens while chunks are in use, and the copy goes while nobody
 * uses any, so none comes in between. Thread-safe.
 */
final class KeyTouches {
  private final ConcurrentMap<ObjectKey, AtomicBoolean> watched = new ConcurrentHashMap<>();

  /** Before the look at what is here. */
  void touch(ObjectKey key) {
    AtomicBoolean mark = watched.get(key);
    if (mark != null) {
      mark.set(true);
    }
  }

  /** One at a time for each key; until it is closed. */
  Watch watch(ObjectKey key) {
    AtomicBoolean mark = new AtomicBoolean();
    watched.put(key, mark);
    return new Watch(key, mark);
  }

  final class Watch implements AutoCloseable {
    private final ObjectKey key;
    private final AtomicBoolean mark;

    private Watch(ObjectKey key, AtomicBoolean mark) {
      this.key = key;
      this.mark = mark;
    }

    boolean isTouched() {
      return mark.get();
    }

    @Override
    public void close() {
      watched.remove(key, mark);
    }
  }
}
