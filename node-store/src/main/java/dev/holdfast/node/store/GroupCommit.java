// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.LmdbException;

/**
 * The one thread that writes: the changes that wait while it flushes become one record of the
 * journal.
 */
final class GroupCommit implements AutoCloseable {
  private static final int WAITING_MAX = 4_096;
  private static final int BATCH_MAX = 512;

  private final RowStore rows;
  private final Checkpoints checkpoints;
  private final SpaceGuard space;
  private final Fatal fatal;
  private final BlockingQueue<Job<?>> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
  private final Thread thread;
  private volatile boolean closed;

  GroupCommit(RowStore rows, Checkpoints checkpoints, SpaceGuard space, Fatal fatal, String name) {
    this.rows = rows;
    this.checkpoints = checkpoints;
    this.space = space;
    this.fatal = fatal;
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    thread.start();
  }

  /**
   * @param change sees what the changes before it wrote
   * @param durable whether it is done only when it survives a power cut
   */
  private record Job<T extends @Nullable Object>(
      Function<Change, T> change, boolean durable, CompletableFuture<T> done, Result<T> result) {
    Job(Function<Change, T> change, boolean durable) {
      this(change, durable, new CompletableFuture<>(), new Result<>());
    }
  }

  /** Set by the change, handed out after the commit. */
  private static final class Result<T extends @Nullable Object> {
    private @Nullable T value;
  }

  /** Hands a change over; the future completes when it is durable. In the order of the calls. */
  <T extends @Nullable Object> CompletableFuture<T> submit(Function<Change, T> change) {
    return submit(new Job<>(change, true));
  }

  /**
   * Hands over a change that the cluster knows of, or that can be found again: the future completes
   * when it can be read, and the next flush takes it along.
   */
  <T extends @Nullable Object> CompletableFuture<T> submitUnflushed(Function<Change, T> change) {
    return submit(new Job<>(change, false));
  }

  private <T extends @Nullable Object> CompletableFuture<T> submit(Job<T> job) {
    fatal.check();
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
  <T extends @Nullable Object> T write(Function<Change, T> change) {
    return join(submit(change));
  }

  /** {@link #submitUnflushed}, and waits. */
  <T extends @Nullable Object> T writeUnflushed(Function<Change, T> change) {
    return join(submitUnflushed(change));
  }

  /** Waits, and throws what failed the change. */
  static <T extends @Nullable Object> T join(CompletableFuture<T> done) {
    try {
      return done.join();
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
    try {
      fatal.check();
      checkpoints.awaitRoom();
      RowStore.Batch written =
          rows.collect(changes -> batch.removeIf(job -> !isMade(job, changes)));
      write(written, batch.stream().anyMatch(job -> job.durable));
      checkpoints.written();
      batch.forEach(GroupCommit::complete);
    } catch (StoreFailedException | DiskFullException e) {
      fail(batch, e);
    } catch (IOException | RuntimeException | Error e) {
      fail(batch, fatal.fail("The store cannot be written", e));
    }
  }

  private void write(RowStore.Batch written, boolean durable) throws IOException {
    try {
      rows.write(written, durable);
    } catch (IOException e) {
      if (!Folders.isDiskFull(e)) {
        throw e;
      }
      if (!space.release()) {
        throw new DiskFullException("The disk is full", e);
      }
      write(written, durable);
    }
  }

  /** A change that throws fails alone: the others of its batch are written without it. */
  private static <T extends @Nullable Object> boolean isMade(Job<T> job, RowStore.Changes changes) {
    try {
      job.result.value = changes.apply(job.change);
      return true;
    } catch (LmdbException e) {
      throw e;
    } catch (RuntimeException e) {
      job.done.completeExceptionally(e);
      return false;
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
