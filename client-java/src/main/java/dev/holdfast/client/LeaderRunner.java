// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Campaigns, runs its task while it leads, and campaigns again when a term is over: when the task
 * returned or threw, or the leadership was lost. The task's thread is interrupted on the loss; the
 * next term begins only after the task has returned, so two runs of it never overlap here. Ends
 * when it is closed, or with its session. Thread-safe.
 */
public final class LeaderRunner implements AutoCloseable {
  private static final long PAUSE_MILLIS = 1_000;

  private final Election election;
  private final String candidate;
  private final LeaderTask task;
  private final Thread thread;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean closed;
  private volatile @Nullable Leadership leadership;

  LeaderRunner(Election election, String candidate, LeaderTask task) {
    this.election = election;
    this.candidate = candidate;
    this.task = task;
    this.thread = Time.SystemTime.daemon(this::run, "holdfast-leader-" + election.name());
    thread.start();
  }

  /** The present term, if there is one. */
  public Optional<Leadership> leadership() {
    return Optional.ofNullable(leadership).filter(Leadership::isLeader);
  }

  /** False when it has been closed or its session has ended, and the task has returned. */
  public boolean isRunning() {
    return ended.getCount() > 0;
  }

  private void run() {
    try {
      while (!closed) {
        term();
      }
    } catch (InterruptedException e) {
      if (!closed) {
        Loudly.warn("the campaign for " + election.name() + " was interrupted and has ended");
      }
    } catch (SessionLostException e) {
      Loudly.warn("nobody campaigns for " + election.name() + " here: " + e.getMessage());
    } finally {
      leadership = null;
      ended.countDown();
    }
  }

  /** A campaign that fails is begun again: only the end of the session ends it. */
  private void term() throws InterruptedException {
    try {
      serve(election.campaign(candidate));
    } catch (UnavailableException | OutcomeUnknownException | RefusedException e) {
      Loudly.failed("the campaign for " + election.name(), e);
      Thread.sleep(PAUSE_MILLIS);
    }
  }

  @SuppressWarnings("CatchThrowable") // A task that ends with an error has ended its term, no more.
  private void serve(Leadership term) {
    leadership = term;
    Interruption interruption = new Interruption(Thread.currentThread());
    term.onChange(state -> {
      if (state.isFinal()) {
        interruption.fire();
      }
    });
    if (!term.isLeader()) {
      interruption.fire(); // Lost before the listener was there.
    }
    try {
      task.run(term);
    } catch (InterruptedException e) {
      if (term.isLeader() && !closed) {
        Loudly.warn("the task of " + election.name() + " was interrupted while it led");
      }
    } catch (Throwable e) {
      Loudly.failed("the task of " + election.name(), e);
    } finally {
      interruption.settle();
      term.resign();
      leadership = null;
    }
  }

  /** Interrupts the task, resigns, and waits until it has returned; an interrupt ends that wait. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    if (Thread.currentThread().equals(thread)) {
      return;
    }
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** An interrupt that is meant for one task, and does not hit what its thread does next. */
  private static final class Interruption {
    private final Thread target;
    private boolean settled;
    private boolean fired;

    Interruption(Thread target) {
      this.target = target;
    }

    synchronized void fire() {
      if (!settled && !fired) {
        fired = true;
        target.interrupt();
      }
    }

    /** On the target thread. */
    synchronized void settle() {
      settled = true;
      if (fired) {
        Thread.interrupted();
      }
    }
  }
}
