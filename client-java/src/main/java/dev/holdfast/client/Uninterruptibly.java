// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Waits that an interrupt does not end: it is kept for the caller. */
final class Uninterruptibly {
  private Uninterruptibly() {}

  static <T> T get(CompletableFuture<T> future) throws ExecutionException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
