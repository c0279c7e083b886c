// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes many keys with many callers; a key that fails is tried again. */
final class Filling {
  private static final int CALLERS = 512;
  private static final int TRIES = 100;

  private Filling() {}

  @FunctionalInterface
  interface Put {
    void put(int key) throws Exception;
  }

  static void run(int keys, Put put) throws Exception {
    AtomicInteger next = new AtomicInteger();
    Queue<Exception> failed = new ConcurrentLinkedQueue<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CALLERS; i++) {
        threads.execute(() -> {
          for (int key = next.getAndIncrement(); key < keys; key = next.getAndIncrement()) {
            try {
              patiently(put, key);
            } catch (Exception e) {
              failed.add(e);
              return;
            }
          }
        });
      }
    }
    Exception first = failed.poll();
    if (first != null) {
      throw first;
    }
  }

  private static void patiently(Put put, int key) throws Exception {
    for (int tries = 1; ; tries++) {
      try {
        put.put(key);
        return;
      } catch (Exception e) {
        if (tries == TRIES) {
          throw e;
        }
        Thread.sleep(100);
      }
    }
  }
}
