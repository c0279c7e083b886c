// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks only while its candidate leads. It campaigns by itself, from its creation until it is
 * shut down or its session ends, and again after each loss.
 *
 * <ul>
 *   <li>A task that is given while it does not lead is refused with {@link
 *       RejectedExecutionException}; so is one that comes when all threads are busy and {@value
 *       #QUEUE_MAX} wait.
 *   <li>A task begins only under the term in which it was given, and {@link Leadership#isLeader}
 *       has just been true. The others are cancelled: their futures say so.
 *   <li>When the term is over, at its deadline at the latest, running tasks are interrupted and
 *       their futures cancelled. Java cannot stop a task that ignores this: a task that must not
 *       overlap with those of the next leader hands the {@link Leadership#token} to what it writes
 *       to.
 *   <li>While no node answers but the deadline has not passed (AT_RISK), it goes on.
 * </ul>
 *
 * {@code shutdown} takes no more tasks, lets those that were given finish while it leads, then
 * resigns; {@code shutdownNow} interrupts, cancels, and resigns at once. Thread-safe.
 */
public final class LeaderExecutor extends AbstractExecutorService implements AutoCloseable {
  static final int QUEUE_MAX = 10_000;

  /** A task, and the term in which it was given. */
  private record Given(Runnable task, Leadership term) {}

  private final Election election;
  private final String candidate;
  private final int threads;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Given> queue = new ArrayDeque<>();
  private final Set<Running> running = new HashSet<>();
  private final ThreadPoolExecutor pool;
  private final CountDownLatch terminated = new CountDownLatch(1);
  private final Thread campaigner;
  private @Nullable Leadership term;
  private boolean shutdown;
  private boolean over;

  LeaderExecutor(Election election, String candidate, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: at least 1, not " + threads);
    }
    this.election = election;
    this.candidate = candidate;
    this.threads = threads;
    this.pool =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE, // Bounded by what runs: a thread that is about to idle counts.
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> Time.SystemTime.daemon(task, "holdfast-leader-tasks-" + election.name()));
    this.campaigner =
        Time.SystemTime.daemon(this::campaign, "holdfast-campaign-" + election.name());
    campaigner.start();
  }

  /** The present term, if it leads. */
  public Optional<Leadership> leadership() {
    lock.lock();
    try {
      return Optional.ofNullable(term).filter(Leadership::isLeader);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until it leads. */
  public Leadership awaitLeadership() throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        Leadership now = term;
        if (now != null && now.isLeader()) {
          return now;
        }
        if (over) {
          throw new SessionLostException("nobody campaigns for " + election.name() + " here");
        }
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private void campaign() {
    try {
      while (!isShutdown()) {
        serve(election.campaign(candidate));
      }
    } catch (InterruptedException e) {
      if (!isShutdown()) {
        Loudly.warn("the campaign for " + election.name() + " was interrupted and has ended");
      }
    } catch (SessionLostException e) {
      Loudly.warn("nobody campaigns for " + election.name() + " here: " + e.getMessage());
    } finally {
      end();
    }
  }

  private void serve(Leadership now) {
    CountDownLatch ended = new CountDownLatch(1);
    now.onChange(state -> {
      if (state.isFinal()) {
        ended.countDown();
      }
    });
    begin(now);
    try {
      if (now.isLeader()) {
        awaitEnd(now, ended);
      }
    } finally {
      revoke(now);
      now.resign();
    }
  }

  /** Over, or shut down with nothing left to do. */
  private void awaitEnd(Leadership now, CountDownLatch ended) {
    boolean interrupted = false;
    while (now.isLeader() && !isDrained()) {
      try {
        // The listener is prompt; the look at the clock counts, should its thread be held up.
        if (ended.await(Math.max(1, now.remaining().toMillis()), TimeUnit.MILLISECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true; // shutdown() wakes this thread.
        if (!isShutdown()) {
          break;
        }
      }
    }
    if (interrupted && !isShutdown()) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isDrained() {
    lock.lock();
    try {
      return shutdown && queue.isEmpty() && running.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private void begin(Leadership now) {
    lock.lock();
    try {
      term = now;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing of this term begins any more, and what runs is interrupted. */
  private void revoke(Leadership ended) {
    List<Runnable> dropped = new ArrayList<>();
    lock.lock();
    try {
      term = null;
      for (Given given : queue) {
        dropped.add(given.task());
      }
      queue.clear();
      running.stream().filter(one -> one.given.term() == ended).forEach(Running::stop);
    } finally {
      lock.unlock();
    }
    dropped.forEach(LeaderExecutor::cancel);
  }

  private static void cancel(Runnable task) {
    if (task instanceof Future<?> future) {
      future.cancel(true);
    }
  }

  private void end() {
    lock.lock();
    try {
      over = true;
      shutdown = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    pool.shutdown();
    terminated.countDown();
  }

  /**
   * @throws RejectedExecutionException while it does not lead, is shut down, or has too much to do
   */
  @Override
  public void execute(Runnable task) {
    lock.lock();
    try {
      Leadership now = term;
      if (shutdown) {
        throw new RejectedExecutionException("shut down");
      }
      if (now == null || !now.isLeader()) {
        throw new RejectedExecutionException(candidate + " does not lead " + election.name());
      }
      if (queue.size() >= QUEUE_MAX) {
        throw new RejectedExecutionException(QUEUE_MAX + " tasks wait already");
      }
      queue.add(new Given(task, now));
      startWorkers();
    } finally {
      lock.unlock();
    }
  }

  private void startWorkers() {
    while (!queue.isEmpty() && running.size() < threads) {
      Running next = new Running(queue.remove());
      running.add(next);
      pool.execute(next);
    }
  }

  private void finished(Running done) {
    boolean drained;
    lock.lock();
    try {
      running.remove(done);
      startWorkers();
      drained = shutdown && queue.isEmpty() && running.isEmpty();
    } finally {
      lock.unlock();
    }
    if (drained) {
      campaigner.interrupt();
    }
  }

  /** One task on one thread. */
  private final class Running implements Runnable {
    final Given given;
    private @Nullable Thread thread;
    private boolean stopped;

    Running(Given given) {
      this.given = given;
    }

    @Override
    public void run() {
      try {
        if (started()) {
          Loudly.run("a task of " + election.name(), given.task());
        } else {
          cancel(given.task());
        }
      } finally {
        ended();
        finished(this);
      }
    }

    private boolean started() {
      lock.lock();
      try {
        thread = Thread.currentThread();
        return !stopped && given.term().isLeader();
      } finally {
        lock.unlock();
      }
    }

    private void ended() {
      lock.lock();
      try {
        thread = null;
      } finally {
        lock.unlock();
      }
      Thread.interrupted(); // Meant for this task alone.
    }

    /** Under the lock. */
    void stop() {
      stopped = true;
      Thread at = thread;
      if (at != null) {
        cancel(given.task());
        at.interrupt();
      }
    }
  }

  @Override
  public void shutdown() {
    lock.lock();
    try {
      shutdown = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    campaigner.interrupt();
  }

  @Override
  public List<Runnable> shutdownNow() {
    List<Runnable> waiting = new ArrayList<>();
    lock.lock();
    try {
      queue.forEach(given -> waiting.add(given.task()));
      queue.clear();
      running.forEach(Running::stop);
    } finally {
      lock.unlock();
    }
    shutdown();
    return Collections.unmodifiableList(waiting);
  }

  @Override
  public boolean isShutdown() {
    lock.lock();
    try {
      return shutdown;
    } finally {
      lock.unlock();
    }
  }

  /** True when it does not lead any more and no task runs. */
  @Override
  public boolean isTerminated() {
    return terminated.getCount() == 0 && pool.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    Time time = election.time();
    long deadline = time.nanoTime() + unit.toNanos(timeout);
    return terminated.await(timeout, unit)
        && pool.awaitTermination(Math.max(0, deadline - time.nanoTime()), TimeUnit.NANOSECONDS);
  }

  /** {@link #shutdownNow}, and waits until the tasks have returned. An interrupt ends the wait. */
  @Override
  public void close() {
    shutdownNow().forEach(LeaderExecutor::cancel);
    try {
      while (!awaitTermination(1, TimeUnit.DAYS)) {
        // As long as it takes.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
