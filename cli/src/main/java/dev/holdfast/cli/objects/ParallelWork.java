// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The same work for many items on a few threads; the first failure ends it. */
final class ParallelWork {
  /** More than this and requests only wait for each other's fsync. */
  static final int THREADS = 8;

  private ParallelWork() {}

  /** A step that may fail with any exception. */
  interface Step<T> {
    void run(T item) throws Exception;
  }

  /** Returns when all items are done, or throws the first failure once no thread works any more. */
  static <T> void forEach(List<T> items, Step<T> step) {
    Iterator<T> queue = items.iterator();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    List<Thread> threads =
        IntStream.range(0, Math.min(THREADS, items.size()))
            .mapToObj(i -> Thread.ofVirtual().start(() -> work(queue, step, failure)))
            .toList();
    for (Thread thread : threads) {
      boolean joined = false;
      while (!joined) {
        try {
          thread.join();
          joined = true;
        } catch (InterruptedException e) {
          failure.compareAndSet(null, e);
        }
      }
    }
    Throwable first = failure.get();
    if (first instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (first instanceof Error error) {
      throw error;
    }
    if (first != null) {
      throw new CommandException(
          ExitCode.REFUSED, "a file could not be read or written: " + first, "", first);
    }
  }

  private static <T> void work(
      Iterator<T> queue, Step<T> step, AtomicReference<@Nullable Throwable> failure) {
    while (failure.get() == null) {
      T item;
      synchronized (queue) {
        if (!queue.hasNext()) {
          return;
        }
        item = queue.next();
      }
      try {
        step.run(item);
      } catch (Throwable e) { // An Error too: without it the item would be missing unnoticed.
        failure.compareAndSet(null, e);
      }
    }
  }
}
