// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Several locks of one session as one: all of them or none. They are acquired one after the other
 * in the order of their names, which is the same for everybody, so two multi-locks never wait for
 * each other; who mixes them with single locks keeps to that order, too. Immutable, thread-safe.
 */
public final class MultiLock {
  private final SessionLink link;
  private final List<LockClient> parts;

  MultiLock(SessionLink link, List<LockClient> locks) {
    Set<String> names = new HashSet<>();
    for (LockClient lock : locks) {
      if (!names.add(lock.name())) {
        throw new IllegalArgumentException(lock.name() + " is named twice");
      }
      if (lock.link() != link) {
        throw new IllegalArgumentException(lock.name() + " is a lock of another session");
      }
    }
    if (locks.isEmpty()) {
      throw new IllegalArgumentException("a multi-lock has a lock at least");
    }
    this.link = link;
    this.parts = locks.stream().sorted(Comparator.comparing(LockClient::name)).toList();
  }

  /** Of the locks, in the order in which they are acquired. */
  public List<String> names() {
    return parts.stream().map(LockClient::name).toList();
  }

  /**
   * Waits until all are granted.
   *
   * @throws LockLostException when one was lost while another was waited for; none is held then
   * @throws SessionLostException when the session ends first
   */
  public MultiHold acquire() throws InterruptedException {
    return acquireAll(null);
  }

  /**
   * Waits at most that long for all together.
   *
   * @throws WaitTimeoutException when one was not granted in time; none is held then
   */
  public MultiHold acquire(Duration wait) throws InterruptedException {
    return acquireAll(wait);
  }

  /** Takes all if they are free now; empty, and none is held, if not. */
  public Optional<MultiHold> tryAcquire() throws InterruptedException {
    return tryAcquire(Duration.ZERO);
  }

  /** Waits at most that long for all together; empty, and none is held, if that was too short. */
  public Optional<MultiHold> tryAcquire(Duration wait) throws InterruptedException {
    try {
      return Optional.of(acquireAll(wait));
    } catch (WaitTimeoutException e) {
      return Optional.empty();
    }
  }

  private MultiHold acquireAll(@Nullable Duration wait) throws InterruptedException {
    Time time = link.time();
    long deadline = time.nanoTime() + (wait == null ? 0 : wait.toNanos());
    List<Hold> held = new ArrayList<>();
    CompletableFuture<Hold> lost = new CompletableFuture<>();
    boolean complete = false;
    try {
      for (LockClient part : parts) {
        Duration left =
            wait == null || wait.isZero()
                ? wait
                : Duration.ofNanos(Math.max(0, deadline - time.nanoTime()));
        Hold hold = link.acquire(new Ask(part.name(), part.mode(), left));
        held.add(hold);
        await(hold, lost);
        hold.onChange(state -> {
          if (state == HoldState.LOST) {
            lost.complete(hold);
          }
        });
      }
      MultiHold all = new MultiHold(held);
      all.check();
      complete = true;
      return all;
    } finally {
      if (!complete) {
        // The last one first: nobody gets a later lock and then waits for an earlier one of ours.
        for (int i = held.size() - 1; i >= 0; i--) {
          held.get(i).release();
        }
      }
    }
  }

  /** For the grant; or for the loss of one that was granted before, since then all is in vain. */
  private void await(Hold hold, CompletableFuture<Hold> lost) throws InterruptedException {
    CompletableFuture<Object> either = CompletableFuture.anyOf(hold.granted, lost);
    try {
      either.get();
    } catch (InterruptedException e) {
      link.withdrawAndWait(hold);
      throw e;
    } catch (ExecutionException e) {
      throw Failures.rethrown(e.getCause());
    }
    Hold gone = lost.getNow(null);
    if (gone != null) {
      gone.check();
    }
  }
}
