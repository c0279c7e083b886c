package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Coordinator.Watch;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries changes from the apply thread to the listeners, on one thread. A listener that cannot
 * keep up, or throws, is told to scan again (R6).
 */
final class WatchHub implements KeyTable.ChangeSink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WatchHub.class);

  /** Changes that wait for one listener at most. */
  private static final int QUEUE_MAX = 20_000;

  private static final int BATCH_MAX = 1_000;

  private final Meter meter;
  private final CopyOnWriteArrayList<Registration> watches = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private boolean isWork;
  private volatile boolean closed;
  private final Thread thread;

  WatchHub(Meter meter, String name) {
    this.meter = meter;
    this.thread = Thread.ofPlatform().name("raft-watch-" + name).daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Called while nothing can be applied, so the watch begins exactly at the revision. */
  Watch add(String prefix, WatchListener listener, long revision) {
    Registration watch = new Registration(Bytes.utf8(prefix), listener, revision);
    watches.add(watch);
    wake();
    return watch;
  }

  @Override
  public void changed(List<Slot> slots, long floor, long revision) {
    if (watches.isEmpty()) {
      return;
    }
    for (Registration watch : watches) {
      watch.offer(slots, floor, revision);
    }
    wake();
  }

  /** Changes up to this revision may be missing. */
  void resync(long revision) {
    watches.forEach(watch -> watch.loseUpTo(revision));
    wake();
  }

  private void wake() {
    lock.lock();
    try {
      isWork = true;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      while (!closed) {
        lock.lock();
        try {
          while (!isWork && !closed) {
            work.await();
          }
          isWork = false;
        } finally {
          lock.unlock();
        }
        for (Registration watch : watches) {
          watch.deliver();
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private record Event(Slot slot, long floor, long revision) {}

  private final class Registration implements Watch {
    private final Bytes prefix;
    private final WatchListener listener;
    private final long startRevision;
    private final ReentrantLock guard = new ReentrantLock();
    private final ArrayDeque<Event> queue = new ArrayDeque<>();
    private boolean started;
    private boolean lost;
    private long newestOffered;
    private volatile boolean ended;

    Registration(Bytes prefix, WatchListener listener, long startRevision) {
      this.prefix = prefix;
      this.listener = listener;
      this.startRevision = startRevision;
      this.newestOffered = startRevision;
    }

    void offer(List<Slot> slots, long floor, long revision) {
      guard.lock();
      try {
        newestOffered = revision;
        for (Slot slot : slots) {
          if (!StoredKey.startsWith(slot.key(), prefix)) {
            continue;
          }
          long changedAt = slot.isPresent() ? slot.version() : slot.deleted();
          if (lost || queue.size() >= QUEUE_MAX) {
            lose();
          } else {
            queue.add(new Event(slot, floor, changedAt));
          }
        }
      } finally {
        guard.unlock();
      }
    }

    void loseUpTo(long revision) {
      guard.lock();
      try {
        newestOffered = Math.max(newestOffered, revision);
        lose();
      } finally {
        guard.unlock();
      }
    }

    private void lose() {
      if (!lost) {
        meter.count("raft.watch.resync", 1);
      }
      lost = true;
      queue.clear();
    }

    void deliver() {
      try {
        if (!started) {
          started = true;
          listener.started(startRevision);
        }
        while (!ended && deliverSome()) {}
      } catch (RuntimeException e) {
        LOG.warn("A watch of {} has failed; it is told to scan again", prefix.toUtf8(), e);
        loseUpTo(0);
        deliverAfterFailure();
      }
    }

    /** A listener that also throws here is told to scan again when there is a new change. */
    private void deliverAfterFailure() {
      try {
        deliverSome();
      } catch (RuntimeException e) {
        LOG.warn("The watch of {} failed again", prefix.toUtf8(), e);
        loseUpTo(0);
      }
    }

    private boolean deliverSome() {
      List<Event> batch = new ArrayList<>();
      long resyncAt = -1;
      guard.lock();
      try {
        if (lost) {
          resyncAt = newestOffered;
          lost = false;
        } else {
          while (batch.size() < BATCH_MAX && !queue.isEmpty()) {
            batch.add(queue.removeFirst());
          }
        }
      } finally {
        guard.unlock();
      }
      if (resyncAt >= 0) {
        listener.resync(resyncAt);
        return true;
      }
      if (batch.isEmpty()) {
        return false;
      }
      List<Observation> observations = new ArrayList<>(batch.size());
      for (Event event : batch) {
        observations.add(event.slot().observation(event.floor(), event.revision()));
      }
      listener.changed(observations);
      return true;
    }

    @Override
    public void close() {
      ended = true;
      watches.remove(this);
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
