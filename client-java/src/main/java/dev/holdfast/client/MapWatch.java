// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.EntryChange;
import dev.holdfast.protocol.frame.EntryItem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A watch of a map's keys; {@link MapClient#watch} begins it. It goes on over changes of the node:
 * then, and when a node could not keep up, the keys are listed again, and what changed meanwhile is
 * told by comparing versions. It keeps the version of every key that it watches. Thread-safe.
 */
public final class MapWatch implements AutoCloseable {
  /** Where the events go, on the events thread, one at a time. */
  interface Sink {
    /**
     * @param value null when the key was deleted
     */
    void changed(String key, long version, byte @Nullable [] value);

    void resynced();

    void ended(String reason);
  }

  final String map;
  final String prefix;
  private final boolean snapshot;
  private final Executor events;
  private final Consumer<MapWatch> closing;
  private final Sink sink;

  // Under the session's guard.
  long number;
  boolean scanning;
  boolean scanAgain;
  private boolean complete;
  private long startRevision;
  private final Map<String, Long> known = new HashMap<>();
  private final Map<String, Long> deleted = new HashMap<>();
  private final Set<String> seen = new HashSet<>();

  // Under its own lock: what is not told yet, the newest of each key.
  private final ReentrantLock lock = new ReentrantLock();
  private LinkedHashMap<String, Event> untold = new LinkedHashMap<>();
  private boolean resyncUntold;
  private @Nullable String endUntold;
  private boolean telling;

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Event(String key, long version, byte @Nullable [] value) {}

  MapWatch(
      Executor events,
      Consumer<MapWatch> closing,
      String map,
      String prefix,
      boolean snapshot,
      Sink sink) {
    this.events = events;
    this.closing = closing;
    this.map = map;
    this.prefix = prefix;
    this.snapshot = snapshot;
    this.sink = sink;
  }

  /** Ends it. An event may still be under way. */
  @Override
  public void close() {
    closing.accept(this);
  }

  // ---- Under the session's guard ----

  /** Changes after this revision will be pushed; what was before is listed now. */
  void beginScan(long revision) {
    scanning = true;
    scanAgain = false;
    startRevision = revision;
    deleted.clear();
    seen.clear();
    if (complete) {
      tellResynced();
    }
  }

  void changed(List<EntryChange> changes) {
    for (EntryChange change : changes) {
      if (change.deleted()) {
        deleted(change.key(), change.version());
      } else {
        present(change.key(), change.version(), change.value().array());
      }
    }
  }

  void listed(List<EntryItem> items) {
    for (EntryItem item : items) {
      seen.add(item.key());
      present(item.key(), item.version(), item.value().array());
    }
  }

  /** What is known from before and was not listed is gone, unless it came after the beginning. */
  void endScan() {
    List<String> gone = new ArrayList<>();
    known.forEach((key, version) -> {
      if (version <= startRevision && !seen.contains(key)) {
        gone.add(key);
      }
    });
    for (String key : gone) {
      known.remove(key);
      tell(new Event(key, startRevision, null));
    }
    scanning = false;
    complete = true;
    deleted.clear();
    seen.clear();
  }

  private void present(String key, long version, byte[] value) {
    Long before = known.get(key);
    Long deletion = deleted.get(key);
    if ((before != null && before >= version) || (deletion != null && deletion >= version)) {
      return;
    }
    known.put(key, version);
    boolean old = !complete && !snapshot && version <= startRevision;
    if (!old) {
      tell(new Event(key, version, value));
    }
  }

  private void deleted(String key, long revision) {
    Long before = known.get(key);
    if (before != null && before >= revision) {
      return;
    }
    known.remove(key);
    if (scanning) {
      deleted.merge(key, revision, Math::max);
    }
    boolean fromNow = !complete && !snapshot && revision > startRevision;
    if (before != null || fromNow) {
      tell(new Event(key, revision, null));
    }
  }

  // ---- Telling ----

  private void tell(Event event) {
    lock.lock();
    try {
      // Behind what is already waiting: a key's newest event takes the place of its older one.
      untold.remove(event.key());
      untold.put(event.key(), event);
    } finally {
      lock.unlock();
    }
    tellSoon();
  }

  private void tellResynced() {
    lock.lock();
    try {
      resyncUntold = true;
    } finally {
      lock.unlock();
    }
    tellSoon();
  }

  void tellEnded(String reason) {
    lock.lock();
    try {
      endUntold = reason;
    } finally {
      lock.unlock();
    }
    tellSoon();
  }

  private void tellSoon() {
    lock.lock();
    try {
      if (telling) {
        return;
      }
      telling = true;
    } finally {
      lock.unlock();
    }
    events.execute(this::tellAll);
  }

  private void tellAll() {
    while (true) {
      Map<String, Event> events;
      boolean resynced;
      String ended;
      lock.lock();
      try {
        if (untold.isEmpty() && !resyncUntold && endUntold == null) {
          telling = false;
          return;
        }
        events = untold;
        untold = new LinkedHashMap<>();
        resynced = resyncUntold;
        resyncUntold = false;
        ended = endUntold;
        endUntold = null;
      } finally {
        lock.unlock();
      }
      if (resynced) {
        Loudly.run("a listener", sink::resynced);
      }
      for (Event event : events.values()) {
        Loudly.run("a listener", () -> sink.changed(event.key(), event.version(), event.value()));
      }
      if (ended != null) {
        String reason = ended;
        Loudly.run("a listener", () -> sink.ended(reason));
      }
    }
  }
}
