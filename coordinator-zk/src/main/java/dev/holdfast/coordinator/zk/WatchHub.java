package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.Coordinator.Watch;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries changes from the {@link Mirror} to the listeners, on one thread. A listener that cannot
 * keep up, or throws, is told to scan again (R6).
 */
final class WatchHub implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WatchHub.class);

  /** Changes that wait for one listener at most. */
  private static final int QUEUE_MAX = 20_000;

  private static final int BATCH_MAX = 1_000;

  private final Meter meter;
  private final CopyOnWriteArrayList<Registration> watches = new CopyOnWriteArrayList<>();
  private final Semaphore work = new Semaphore(0);
  private final Thread thread;
  private volatile boolean closed;

  WatchHub(Meter meter, String name) {
    this.meter = meter;
    this.thread = Thread.ofPlatform().name("zk-watch-" + name).daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Called while nothing can be applied, so the watch begins exactly at the revision. */
  Watch add(String prefix, WatchListener listener, long revision) {
    Registration watch = new Registration(prefix, listener, revision);
    watches.add(watch);
    work.release();
    return watch;
  }

  void changed(List<Observation> observations, long revision) {
    watches.forEach(watch -> watch.offer(observations, revision));
    work.release();
  }

  /** Changes up to this revision may be missing. */
  void resync(long revision) {
    watches.forEach(watch -> watch.lose(revision));
    work.release();
  }

  private void run() {
    try {
      while (!closed) {
        work.acquire();
        work.drainPermits();
        watches.forEach(Registration::deliver);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }

  private final class Registration implements Watch {
    private final String prefix;
    private final WatchListener listener;
    private final long startRevision;
    private final ReentrantLock guard = new ReentrantLock();
    private final ArrayDeque<Observation> queue = new ArrayDeque<>();
    private boolean lost;
    private long newest;

    /** Owned by the thread of the hub. */
    private boolean started;

    private volatile boolean ended;

    Registration(String prefix, WatchListener listener, long startRevision) {
      this.prefix = prefix;
      this.listener = listener;
      this.startRevision = startRevision;
      this.newest = startRevision;
    }

    void offer(List<Observation> observations, long revision) {
      guard.lock();
      try {
        newest = Math.max(newest, revision);
        for (Observation observation : observations) {
          if (lost || !observation.key().startsWith(prefix)) {
            continue;
          }
          if (queue.size() >= QUEUE_MAX) {
            loseAll();
          } else {
            queue.add(observation);
          }
        }
      } finally {
        guard.unlock();
      }
    }

    void lose(long revision) {
      guard.lock();
      try {
        newest = Math.max(newest, revision);
        loseAll();
      } finally {
        guard.unlock();
      }
    }

    private void loseAll() {
      if (!lost) {
        meter.count("zookeeper.watch.resync", 1);
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
        LOG.warn("A watch of {} has failed; it is told to scan again", prefix, e);
        lose(0);
        deliverAfterFailure();
      }
    }

    /** A listener that also throws here is told to scan again when there is a new change. */
    private void deliverAfterFailure() {
      try {
        deliverSome();
      } catch (RuntimeException e) {
        LOG.warn("The watch of {} failed again", prefix, e);
        lose(0);
      }
    }

    private boolean deliverSome() {
      List<Observation> batch = new ArrayList<>();
      boolean scan;
      long revision;
      guard.lock();
      try {
        scan = lost;
        revision = newest;
        lost = false;
        while (!scan && batch.size() < BATCH_MAX && !queue.isEmpty()) {
          batch.add(queue.removeFirst());
        }
      } finally {
        guard.unlock();
      }
      if (scan) {
        listener.resync(revision);
      } else if (!batch.isEmpty()) {
        listener.changed(batch);
      }
      return scan || !batch.isEmpty();
    }

    @Override
    public void close() {
      ended = true;
      watches.remove(this);
    }
  }
}
