// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The first reason why this process must end. Tells the owner once. */
final class Fatality {
  private static final Logger LOG = LoggerFactory.getLogger(Fatality.class);

  private final Consumer<CoordinatorFailedException> owner;
  private final AtomicReference<@Nullable CoordinatorFailedException> reason =
      new AtomicReference<>();
  private volatile boolean closing;
  private volatile boolean armed;
  private final AtomicBoolean told = new AtomicBoolean();

  Fatality(Consumer<CoordinatorFailedException> owner) {
    this.owner = owner;
  }

  /** From now on the end of things is wanted. */
  void closing() {
    closing = true;
  }

  boolean isClosing() {
    return closing;
  }

  void report(String message, @Nullable Throwable cause) {
    CoordinatorFailedException failure = new CoordinatorFailedException(message, cause);
    if (closing || !reason.compareAndSet(null, failure)) {
      return;
    }
    LOG.error("This process must end: {}", message, cause);
    if (armed) {
      tellOwner(failure);
    }
  }

  /** Until then whoever opens the coordinator learns of a failure from its exception. */
  void arm() {
    armed = true;
    CoordinatorFailedException failure = reason.get();
    if (failure != null) {
      tellOwner(failure);
    }
  }

  private void tellOwner(CoordinatorFailedException failure) {
    if (!told.compareAndSet(false, true)) {
      return;
    }
    Thread.ofPlatform().name("raft-fatal").start(() -> owner.accept(failure));
  }

  /** Throws when this node takes no more work. */
  void check() {
    if (closing) {
      throw new UnavailableException("The coordinator is closed");
    }
    CoordinatorFailedException failure = reason.get();
    if (failure != null) {
      throw failure;
    }
  }
}
