// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Where code that waits meets code that does not. */
final class Futures {
  private Futures() {}

  /** Waits, and throws what the future failed with. */
  static <T> T join(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** What fails before there is a future fails it as well. */
  static <T> CompletableFuture<T> begun(Supplier<CompletableFuture<T>> action) {
    try {
      return action.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
