// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The one place where a store gives up: told once, and nothing is acknowledged afterwards. */
final class Fatal {
  private final Consumer<StoreFailedException> listener;
  private final AtomicReference<@Nullable StoreFailedException> first = new AtomicReference<>();

  private volatile boolean closing;

  Fatal(Consumer<StoreFailedException> listener) {
    this.listener = listener;
  }

  /** From now on a failure is one of a request that came too late, and ends no process. */
  void closing() {
    closing = true;
  }

  StoreFailedException fail(String message, Throwable cause) {
    StoreFailedException failure = new StoreFailedException(message, cause);
    if (first.compareAndSet(null, failure) && !closing) {
      listener.accept(failure);
    }
    return failure;
  }

  void check() {
    StoreFailedException failure = first.get();
    if (failure != null) {
      throw new StoreFailedException("The store has failed before", failure);
    }
  }
}
