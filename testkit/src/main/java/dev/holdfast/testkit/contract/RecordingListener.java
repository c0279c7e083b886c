// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Keeps what a watch told, and every breach of its promises. Thread-safe. */
final class RecordingListener implements WatchListener {
  private final String prefix;
  private final AtomicBoolean inCall = new AtomicBoolean();
  private final Map<EntryKey, Observation> latest = new HashMap<>();
  private final List<String> breaches = new ArrayList<>();
  private boolean started;
  private long startRevision;
  private int changes;
  private int resyncs;

  RecordingListener(String prefix) {
    this.prefix = prefix;
  }

  @Override
  public void started(long revision) {
    enter();
    record(() -> {
      if (started) {
        breaches.add("started twice");
      }
      started = true;
      startRevision = revision;
    });
    leave();
  }

  @Override
  public void changed(List<Observation> observations) {
    enter();
    record(() -> observations.forEach(this::change));
    leave();
  }

  @Override
  public void resync(long revision) {
    enter();
    record(() -> resyncs++);
    leave();
  }

  private void change(Observation seen) {
    changes++;
    if (!started) {
      breaches.add("told before it started: " + seen);
    }
    if (!seen.key().startsWith(prefix)) {
      breaches.add("not below " + prefix + ": " + seen);
    }
    Observation before = latest.put(seen.key(), seen);
    if (before != null && before.revision() >= seen.revision()) {
      breaches.add("revisions of a key do not rise: " + before + " then " + seen);
    }
    if (seen.revision() <= startRevision) {
      breaches.add("not after its start at " + startRevision + ": " + seen);
    }
  }

  private void enter() {
    if (!inCall.compareAndSet(false, true)) {
      record(() -> breaches.add("called by two threads at a time"));
    }
  }

  private void leave() {
    inCall.set(false);
  }

  private synchronized void record(Runnable note) {
    note.run();
  }

  synchronized boolean isStarted() {
    return started;
  }

  synchronized long startRevision() {
    return startRevision;
  }

  synchronized int changes() {
    return changes;
  }

  synchronized int resyncs() {
    return resyncs;
  }

  synchronized @Nullable Observation latest(EntryKey key) {
    return latest.get(key);
  }

  synchronized int keysSeen() {
    return latest.size();
  }

  synchronized List<String> breaches() {
    return List.copyOf(breaches);
  }
}
