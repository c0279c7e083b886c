package dev.holdfast.node.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Env;
import org.lmdbjava.LmdbException;
import org.lmdbjava.LmdbNativeException;
import org.lmdbjava.Txn;

/**
 * The one thread that writes: the changes that wait while it fsyncs become one transaction. LMDB
 * binds a write transaction to its thread, and virtual threads wander.
 */
final class GroupCommit implements AutoCloseable {
  private static final int WAITING_MAX = 4_096;
  private static final int BATCH_MAX = 512;
  private static final int ENOSPC = 28;
  private static final int EDQUOT = 122;

  private final Lmdb lmdb;
  private final SpaceGuard space;
  private final Fatal fatal;
  private final BlockingQueue<Job<?>> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
  private final Thread thread;
  private volatile boolean closed;
  private final LongAdder commits = new LongAdder();

  GroupCommit(Lmdb lmdb, SpaceGuard space, Fatal fatal, String name) {
    this.lmdb = lmdb;
    this.space = space;
    this.fatal = fatal;
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    thread.start();
  }

  /** A change runs again when its transaction has to be repeated, so it touches nothing else. */
  private record Job<T extends @Nullable Object>(
      Function<Txn<byte[]>, T> change, CompletableFuture<T> done, Result<T> result) {}

  /** Set by the change, handed out after the commit. */
  private static final class Result<T extends @Nullable Object> {
    private @Nullable T value;
  }

  /** A change that threw: the others of its batch are committed without it. */
  private static final class ChangeFailed extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Job<?> job;

    ChangeFailed(Job<?> job, RuntimeException cause) {
      super(cause);
      this.job = job;
    }
  }

  /** Hands a change over; the future completes when it is durable. In the order of the calls. */
  <T extends @Nullable Object> CompletableFuture<T> submit(Function<Txn<byte[]>, T> change) {
    fatal.check();
    Job<T> job = new Job<>(change, new CompletableFuture<>(), new Result<>());
    try {
      while (!waiting.offer(job, 1, TimeUnit.SECONDS)) {
        fatal.check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted before a change was handed over", e);
    }
    if (closed) {
      failWaiting();
    }
    return job.done;
  }

  /** {@link #submit}, and waits. */
  <T extends @Nullable Object> T write(Function<Txn<byte[]>, T> change) {
    try {
      return submit(change).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        // A fresh one, with this thread's stack, where the type allows it.
        switch (cause) {
          case DiskFullException full ->
              throw new DiskFullException(String.valueOf(full.getMessage()), full);
          case StoreFailedException failed ->
              throw new StoreFailedException(String.valueOf(failed.getMessage()), failed);
          case RuntimeException other -> throw other;
        }
      }
      throw e;
    }
  }

  long commits() {
    return commits.sum();
  }

  private void run() {
    List<Job<?>> batch = new ArrayList<>();
    while (!closed) {
      try {
        Job<?> first = waiting.poll(100, TimeUnit.MILLISECONDS);
        if (first == null) {
          continue;
        }
        batch.clear();
        batch.add(first);
        waiting.drainTo(batch, BATCH_MAX - 1);
        commit(batch);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    failWaiting();
  }

  private void commit(List<Job<?>> batch) {
    while (!batch.isEmpty()) {
      try {
        fatal.check();
        lmdb.write(txn -> batch.forEach(job -> apply(job, txn)));
        commits.increment();
        batch.forEach(GroupCommit::complete);
        return;
      } catch (ChangeFailed failed) {
        batch.remove(failed.job);
        failed.job.done.completeExceptionally(failed.getCause());
      } catch (Env.MapFullException full) {
        lmdb.grow();
      } catch (LmdbException e) {
        if (e instanceof LmdbNativeException error && isDiskFull(error)) {
          if (!space.release()) {
            fail(batch, new DiskFullException("The disk is full", e));
            return;
          }
        } else {
          fail(batch, fatal.fail("LMDB could not commit", e));
          return;
        }
      } catch (StoreFailedException e) {
        fail(batch, e);
        return;
      } catch (RuntimeException | Error e) {
        fail(batch, fatal.fail("The writer of the store failed", e));
        return;
      }
    }
  }

  private static boolean isDiskFull(LmdbNativeException e) {
    return e.getResultCode() == ENOSPC || e.getResultCode() == EDQUOT;
  }

  private static <T extends @Nullable Object> void apply(Job<T> job, Txn<byte[]> txn) {
    try {
      job.result.value = job.change.apply(txn);
    } catch (LmdbException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new ChangeFailed(job, e);
    }
  }

  @SuppressWarnings("NullAway") // a T that may be null is declared so by the caller
  private static <T extends @Nullable Object> void complete(Job<T> job) {
    job.done.complete(job.result.value);
  }

  private static void fail(List<Job<?>> batch, RuntimeException e) {
    batch.forEach(job -> job.done.completeExceptionally(e));
  }

  private void failWaiting() {
    List<Job<?>> left = new ArrayList<>();
    waiting.drainTo(left);
    fail(left, new StoreFailedException("The store is closed", null));
  }

  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
