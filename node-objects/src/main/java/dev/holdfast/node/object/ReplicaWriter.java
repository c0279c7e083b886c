// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerTimeoutException;
import dev.holdfast.node.store.Chunk;
import dev.holdfast.node.store.DiskFullException;
import dev.holdfast.node.store.StoreFailedException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one write to one of its replicas: steps in order, so that a slow replica delays nobody
 * until its queue is full. A step that fails ends it; later steps are skipped.
 *
 * <p>Records are sent by the thread that gives the step, and nobody waits for the answer; chunks,
 * and what has waited, need a virtual thread. A small object costs none.
 */
final class ReplicaWriter {
  private static final Logger log = LoggerFactory.getLogger(ReplicaWriter.class);

  /** Chunks that wait for a replica: the memory that a slow one costs. */
  private static final int WAITING_MAX = 2;

  /** Above it, asking first costs less than sending in vain. */
  private static final int OFFER_BYTES_MIN = 64 << 10;

  /** References in one call to pull: it must end within the timeout of a call. */
  private static final int PULL_MAX = 16;

  private final String nodeId;
  private final Replica replica;

  /** Guards what follows; nothing is done while it is held. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition hasRoom = lock.newCondition();
  private final Queue<Step> waiting = new ArrayDeque<>();

  /** Stagings that failed: taken back when there is time, since nothing waits for that. */
  private final Queue<VersionRecord> refused = new ArrayDeque<>();

  /** A step is under way; whoever ends it goes on with the next one. */
  private boolean isBusy;

  private volatile @Nullable RuntimeException failure;

  /** Something for a replica to do. */
  sealed interface Step {
    /**
     * @param done run when this replica has the chunk, or never will have it from here
     */
    record Keep(Chunk chunk, Runnable done) implements Step {}

    record Pull(List<ChunkRef> refs, List<String> sources) implements Step {}

    record Stage(VersionRecord version, CompletableFuture<Boolean> durable) implements Step {}

    record Confirm(
        VersionRecord version,
        VersionId id,
        long revision,
        List<String> behind,
        CompletableFuture<Boolean> done)
        implements Step {}

    record Accept(ObjectKey key, VersionId id, CompletableFuture<Boolean> done) implements Step {}

    record Unstage(VersionRecord version) implements Step {}
  }

  ReplicaWriter(String nodeId, Replica replica) {
    this.nodeId = nodeId;
    this.replica = replica;
  }

  String nodeId() {
    return nodeId;
  }

  /** Why this replica dropped out; null while it is in. */
  @Nullable RuntimeException failure() {
    return failure;
  }

  boolean isAlive() {
    return failure == null;
  }

  /** Hands a step over. A replica that takes none for so long drops out. */
  void give(Step step, long stallMillis) {
    if (!isAlive()) {
      skip(step);
      return;
    }
    boolean isTaken;
    boolean isMine;
    lock.lock();
    try {
      isTaken = isRoomIn(stallMillis);
      isMine = isTaken && !isBusy;
      if (isTaken) {
        waiting.add(step);
        isBusy = true;
      }
    } finally {
      lock.unlock();
    }
    if (!isTaken) {
      fail(new PeerTimeoutException(nodeId + " took nothing for " + stallMillis + " ms", null));
      skip(step);
    } else if (isMine) {
      run(false);
    }
  }

  private boolean isRoomIn(long millis) {
    long left = TimeUnit.MILLISECONDS.toNanos(millis);
    try {
      while (waiting.size() >= WAITING_MAX && left > 0) {
        left = hasRoom.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return waiting.size() < WAITING_MAX;
  }

  /** The write of this version, which was staged here, has failed for certain. */
  void takeBack(VersionRecord version) {
    lock.lock();
    try {
      refused.add(version);
    } finally {
      lock.unlock();
    }
  }

  /** Nothing comes any more: what waits is carried out, also by one that is slow. */
  void end() {
    boolean isMine;
    lock.lock();
    try {
      isMine = !isBusy && !refused.isEmpty();
      isBusy |= isMine;
    } finally {
      lock.unlock();
    }
    if (isMine) {
      run(false);
    }
  }

  /**
   * Carries out what waits, until a step leaves this thread.
   *
   * @param mayBlock whether this thread is of this writer alone
   */
  private void run(boolean mayBlock) {
    for (Step step = next(); step != null; step = next()) {
      Step current = step;
      CompletableFuture<?> begun = isAlive() ? begun(current) : null;
      if (begun != null) {
        if (!begun.isDone()) {
          var _ = begun.whenComplete((_, _) -> goOn());
          return;
        }
      } else if (mayBlock || !isAlive()) {
        carryOut(current);
      } else {
        onThread(() -> {
          carryOut(current);
          run(true);
        });
        return;
      }
    }
  }

  /** On a thread that must not block. */
  private void goOn() {
    boolean isIdle;
    lock.lock();
    try {
      isIdle = waiting.isEmpty() && refused.isEmpty();
      isBusy = !isIdle;
    } finally {
      lock.unlock();
    }
    if (!isIdle) {
      onThread(() -> run(true));
    }
  }

  private void onThread(Runnable action) {
    Thread.ofVirtual().name("replica-writer-" + nodeId).start(action);
  }

  /** Null, and idle, when nothing waits. */
  private @Nullable Step next() {
    lock.lock();
    try {
      Step step = waiting.poll();
      hasRoom.signal();
      if (step == null && !refused.isEmpty()) {
        return new Step.Unstage(refused.remove());
      }
      isBusy = step != null;
      return step;
    } finally {
      lock.unlock();
    }
  }

  private void fail(RuntimeException e) {
    if (failure == null) {
      failure = e;
    }
  }

  private void dropOut(Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    switch (cause) {
      case PeerException e -> fail(e);
      case DiskFullException e -> fail(e);
      case StoreFailedException e -> fail(e);
      default -> {
        log.error("{} drops out of a write", nodeId, cause);
        fail(new IllegalStateException("A step of a write failed", cause));
      }
    }
    log.debug("{} drops out of a write", nodeId, cause);
  }

  private static void skip(Step step) {
    switch (step) {
      case Step.Stage stage -> stage.durable.complete(false);
      case Step.Confirm confirm -> confirm.done.complete(false);
      case Step.Accept accept -> accept.done.complete(false);
      case Step.Keep keep -> keep.done.run();
      case Step.Pull _, Step.Unstage _ -> {}
    }
  }

  /** What needs no thread, and ends with the future; null for the other steps. */
  private @Nullable CompletableFuture<?> begun(Step step) {
    try {
      return switch (step) {
        case Step.Stage(VersionRecord version, CompletableFuture<Boolean> durable) ->
            replica
                .stageLater(version)
                .handle((isStaged, error) ->
                    settle(durable, isStaged, error == null && !isStaged ? lacking() : error));
        case Step.Confirm confirm ->
            replica
                .confirmLater(confirm.version.key(), confirm.id, confirm.revision, confirm.behind)
                .handle((isDone, error) -> settle(confirm.done, isDone, error));
        case Step.Keep _, Step.Pull _, Step.Accept _, Step.Unstage _ -> null;
      };
    } catch (RuntimeException e) {
      dropOut(e);
      skip(step);
      return CompletableFuture.completedFuture(false);
    }
  }

  private PeerException lacking() {
    return new PeerException(nodeId + " lacks chunks that it had", null);
  }

  private boolean settle(
      CompletableFuture<Boolean> told, Boolean isDone, @Nullable Throwable error) {
    if (error != null) {
      dropOut(error);
    }
    return told.complete(error == null && isDone);
  }

  private void carryOut(Step step) {
    if (!isAlive()) {
      skip(step);
      return;
    }
    try {
      switch (step) {
        case Step.Keep keep -> {
          keep(keep.chunk);
          keep.done.run();
        }
        case Step.Pull pull -> pull(pull);
        case Step.Accept accept -> accept.done.complete(replica.accept(accept.key, accept.id));
        case Step.Unstage(VersionRecord version) ->
            replica.unstage(version.key(), version.id(), version.dots().first());
        case Step.Stage _, Step.Confirm _ -> throw new IllegalArgumentException("Needs no thread");
      }
    } catch (RuntimeException e) {
      dropOut(e);
      skip(step);
    }
  }

  private void keep(Chunk chunk) {
    if (chunk.bytes().length < OFFER_BYTES_MIN
        || !replica.missing(List.of(chunk.ref())).isEmpty()) {
      replica.store(chunk);
    }
  }

  private void pull(Step.Pull pull) {
    for (int at = 0; at < pull.refs.size(); at += PULL_MAX) {
      List<ChunkRef> some = pull.refs.subList(at, Math.min(at + PULL_MAX, pull.refs.size()));
      if (!replica.pull(some, pull.sources).isEmpty()) {
        throw new PeerException(nodeId + " could not fetch the chunks of a write", null);
      }
    }
  }
}
