// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.node.plugin.PluginCallException.Kind;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where the code of one plugin runs: a few platform threads of its own, so that a plugin that loops
 * for ever costs the node these threads and no carrier of its virtual ones. Java cannot end a
 * thread: one that ignores its deadline is interrupted, counted as stuck, and lost until it comes
 * back.
 */
final class PluginThreads implements AutoCloseable {
  /** Of one plugin. Once all are stuck the plugin is not called again. */
  static final int MAX_THREADS = 8;

  /** Calls that wait for a thread; more are refused as busy. */
  static final int MAX_QUEUED = 1024;

  private static final Duration IDLE = Duration.ofSeconds(30);

  private final ClassLoader loader;
  private final AtomicInteger stuck = new AtomicInteger();
  private final ThreadPoolExecutor pool;

  PluginThreads(String pluginId, ClassLoader loader) {
    this.loader = loader;
    AtomicInteger number = new AtomicInteger();
    pool =
        new ThreadPoolExecutor(
            MAX_THREADS,
            MAX_THREADS,
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new ArrayBlockingQueue<>(MAX_QUEUED),
            action -> {
              Thread thread =
                  new Thread(action, "plugin-" + pluginId + "-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
  }

  /** Runs the action and waits for its answer. */
  <T> T call(Duration deadline, Callable<T> action) throws PluginCallException {
    return begin(action).await(deadline);
  }

  /** Runs the action; the deadline counts from {@link Call#await}. */
  <T> Call<T> begin(Callable<T> action) throws PluginCallException {
    Call<T> call = new Call<>(action);
    try {
      pool.execute(call);
    } catch (RejectedExecutionException e) {
      throw new PluginCallException(
          Kind.BUSY, "More than %d calls wait for a thread".formatted(MAX_QUEUED), e);
    }
    return call;
  }

  /** Threads that a call past its deadline still has. */
  int stuck() {
    return stuck.get();
  }

  boolean isExhausted() {
    return stuck.get() >= MAX_THREADS;
  }

  /** Interrupts what runs and waits for nothing: the threads are daemons. */
  @Override
  public void close() {
    pool.shutdownNow();
  }

  private enum State {
    QUEUED,
    RUNNING,
    DONE,
    ABANDONED
  }

  /** One call. Its state is guarded by itself; no plugin code runs under that monitor. */
  final class Call<T> implements Runnable {
    private final Callable<T> action;
    private final CompletableFuture<T> answer = new CompletableFuture<>();
    private State state = State.QUEUED;
    private Thread runner = Thread.currentThread();

    private Call(Callable<T> action) {
      this.action = action;
    }

    @Override
    @SuppressWarnings("CatchThrowable") // A plugin may throw anything, LinkageError included.
    public void run() {
      if (!enter()) {
        return;
      }
      Thread.currentThread().setContextClassLoader(loader);
      try {
        answer.complete(action.call());
      } catch (Throwable thrown) {
        answer.completeExceptionally(PluginCallException.threw(thrown));
      } finally {
        leave();
      }
    }

    T await(Duration deadline) throws PluginCallException {
      try {
        return answer.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        abandon();
        throw new PluginCallException(
            Kind.TIMED_OUT, "No answer within " + deadline.toMillis() + " ms", null);
      } catch (InterruptedException e) {
        abandon();
        Thread.currentThread().interrupt();
        throw new PluginCallException(Kind.INTERRUPTED, "Interrupted while waiting", e);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof PluginCallException told) {
          throw told;
        }
        throw new IllegalStateException("A call ends with an answer or with what it told", e);
      }
    }

    private synchronized boolean enter() {
      if (state == State.ABANDONED) {
        return false;
      }
      state = State.RUNNING;
      runner = Thread.currentThread();
      return true;
    }

    private synchronized void leave() {
      if (state == State.ABANDONED) {
        stuck.decrementAndGet();
      }
      state = State.DONE;
    }

    private synchronized void abandon() {
      if (state == State.RUNNING) {
        stuck.incrementAndGet();
        runner.interrupt();
      }
      if (state == State.QUEUED) {
        pool.remove(this);
      }
      if (state != State.DONE) {
        state = State.ABANDONED;
      }
    }
  }
}
