// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import dev.holdfast.spi.system.Deadline;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to one other node at one address: the open connection, or the one attempt to open it, or
 * how long not to try. So a node that is down fails its callers at once.
 */
final class PeerTarget {
  /** Connects, shakes hands, and throws {@link PeerUnreachableException}. */
  interface Opener {
    PeerCaller open(String address, @Nullable String nodeId);
  }

  private final String nodeId;
  private final String address;
  private final Opener opener;
  private final LongSupplier nanos;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable PeerCaller open;
  private @Nullable CompletableFuture<PeerCaller> opening;
  private boolean retired;
  private Duration backoff = Duration.ZERO;
  private long retryAtNanos;
  private String lastFailure = "";

  PeerTarget(String nodeId, String address, Opener opener, LongSupplier nanos) {
    this.nodeId = nodeId;
    this.address = address;
    this.opener = opener;
    this.nanos = nanos;
  }

  String address() {
    return address;
  }

  /** Somebody heard of it just now: the next call need not wait for the time of an attempt. */
  void heard() {
    lock.lock();
    try {
      retryAtNanos = nanos.getAsLong();
    } finally {
      lock.unlock();
    }
  }

  boolean isConnected() {
    return connected() != null;
  }

  /** Null while no connection is open. */
  @Nullable PeerCaller connected() {
    lock.lock();
    try {
      return open != null && open.isOpen() ? open : null;
    } finally {
      lock.unlock();
    }
  }

  PeerCaller caller(Deadline deadline) {
    CompletableFuture<PeerCaller> attempt;
    boolean mine = false;
    lock.lock();
    try {
      if (open != null && open.isOpen()) {
        return open;
      }
      if (retired) {
        throw unreachable("it is no longer known at this address");
      }
      if (opening == null) {
        long wait = retryAtNanos - nanos.getAsLong();
        if (!backoff.isZero() && wait > 0) {
          throw unreachable(
              lastFailure + " (next attempt in " + TimeUnit.NANOSECONDS.toMillis(wait) + " ms)");
        }
        opening = new CompletableFuture<>();
        mine = true;
      }
      attempt = opening;
    } finally {
      lock.unlock();
    }
    if (mine) {
      // On a thread of its own: the attempt belongs to all that wait, not to the first of them.
      Thread.ofVirtual().name("connect-" + nodeId).start(() -> attempt(attempt));
    }
    return await(attempt, deadline);
  }

  private void attempt(CompletableFuture<PeerCaller> attempt) {
    try {
      PeerCaller caller = opener.open(address, nodeId);
      boolean late;
      lock.lock();
      try {
        opening = null;
        backoff = Duration.ZERO;
        late = retired;
        open = caller;
      } finally {
        lock.unlock();
      }
      if (late) {
        caller.close();
      }
      attempt.complete(caller);
    } catch (RuntimeException e) {
      lock.lock();
      try {
        opening = null;
        Duration doubled = backoff.isZero() ? PeerLimits.BACKOFF_MIN : backoff.multipliedBy(2);
        backoff = doubled.compareTo(PeerLimits.BACKOFF_MAX) < 0 ? doubled : PeerLimits.BACKOFF_MAX;
        retryAtNanos = nanos.getAsLong() + backoff.toNanos();
        lastFailure = String.valueOf(e.getMessage());
      } finally {
        lock.unlock();
      }
      attempt.completeExceptionally(e);
    }
  }

  private PeerCaller await(CompletableFuture<PeerCaller> attempt, Deadline deadline) {
    try {
      return attempt.get(deadline.leftNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new PeerUnreachableException(String.valueOf(cause.getMessage()), cause);
    } catch (TimeoutException e) {
      throw unreachable("no connection in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable("interrupted while connecting");
    }
  }

  /** Another address, or forgotten: the connection ends, and none is opened any more. */
  void retire() {
    PeerCaller last;
    lock.lock();
    try {
      retired = true;
      last = open;
    } finally {
      lock.unlock();
    }
    if (last != null) {
      last.close();
    }
  }

  private PeerUnreachableException unreachable(String why) {
    String text = why.startsWith("Cannot reach") ? why : "Cannot reach " + nodeId + ": " + why;
    return new PeerUnreachableException(text, null);
  }
}
