// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.concurrent.CompletableFuture;

/**
 * A listener that is told of changes until it is closed, or its session ends. It goes on through
 * another node when its own dies. Thread-safe.
 */
public final class Observation implements AutoCloseable {
  private final SessionLink link;
  private final Observers.Observer observer;

  Observation(SessionLink link, Observers.Observer observer) {
    this.link = link;
    this.observer = observer;
  }

  /** False once it is closed or its session has ended: then nothing is told any more. */
  public boolean isLive() {
    link.expireIfDue();
    return !observer.isOver() && !link.state().isFinal();
  }

  /** Completes when a node has told all that there was, exceptionally when it refused. */
  public CompletableFuture<Void> begun() {
    return observer.complete.thenRunAsync(() -> {}, link.events());
  }

  /** One call of the listener may still be under way. */
  @Override
  public void close() {
    link.unwatch(observer);
  }
}
