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
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one write to one of its replicas: steps in order, on a virtual thread of its own, so that
 * a slow replica delays nobody until its queue is full. A step that fails ends it; later steps are
 * skipped.
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
  private final BlockingQueue<Step> steps = new ArrayBlockingQueue<>(WAITING_MAX);

  /** Stagings that failed: taken back when there is time, since nothing waits for that. */
  private final Queue<VersionRecord> refused = new ConcurrentLinkedQueue<>();

  private volatile @Nullable RuntimeException failure;
  private volatile boolean ending;

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

    record End() implements Step {}
  }

  ReplicaWriter(String nodeId, Replica replica) {
    this.nodeId = nodeId;
    this.replica = replica;
    Thread.ofVirtual().name("replica-writer-" + nodeId).start(this::run);
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
    boolean taken = false;
    try {
      taken = steps.offer(step, isAlive() ? stallMillis : 0, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!taken) {
      fail(new PeerTimeoutException(nodeId + " took nothing for " + stallMillis + " ms", null));
      skip(step);
    }
  }

  /** Nothing comes any more: what waits is carried out, also by one that is slow. */
  void end() {
    ending = true;
    // When there is no room, the last of the steps that wait finds the flag.
    boolean _ = steps.offer(new Step.End());
  }

  /** The write of this version, which was staged here, has failed for certain. */
  void takeBack(VersionRecord version) {
    refused.add(version);
  }

  private void run() {
    while (true) {
      Step step = next();
      boolean isLast = step == null || step instanceof Step.End || (ending && steps.isEmpty());
      if (!isAlive() || !isDone(() -> carryOut(step))) {
        skip(step);
      }
      if (isAlive()) {
        var _ = isDone(this::unstageRefused);
      }
      if (isLast) {
        return;
      }
    }
  }

  /** Null, which ends the writer, when nothing comes for one that has dropped out. */
  private @Nullable Step next() {
    try {
      return isAlive() ? steps.take() : steps.poll(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private boolean isDone(Runnable action) {
    try {
      action.run();
      return true;
    } catch (PeerException | DiskFullException | StoreFailedException e) {
      log.debug("{} drops out of a write", nodeId, e);
      fail(e);
    } catch (RuntimeException e) {
      log.error("{} drops out of a write", nodeId, e);
      fail(e);
    }
    return false;
  }

  private void unstageRefused() {
    for (VersionRecord version = refused.poll(); version != null; version = refused.poll()) {
      replica.unstage(version.key(), version.id(), version.dots().first());
    }
  }

  private void fail(RuntimeException e) {
    if (failure == null) {
      failure = e;
    }
  }

  private static void skip(@Nullable Step step) {
    switch (step) {
      case Step.Stage stage -> stage.durable.complete(false);
      case Step.Confirm confirm -> confirm.done.complete(false);
      case Step.Accept accept -> accept.done.complete(false);
      case Step.Keep keep -> keep.done.run();
      case Step.Pull _, Step.End _ -> {}
      case null -> {}
    }
  }

  private void carryOut(@Nullable Step step) {
    switch (step) {
      case Step.Keep keep -> {
        keep(keep.chunk);
        keep.done.run();
      }
      case Step.Pull pull -> pull(pull);
      case Step.Stage stage -> stage.durable.complete(stage(stage.version));
      case Step.Confirm confirm ->
          confirm.done.complete(
              replica.confirm(confirm.version.key(), confirm.id, confirm.revision, confirm.behind));
      case Step.Accept accept -> accept.done.complete(replica.accept(accept.key, accept.id));
      case Step.End _ -> {}
      case null -> {}
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

  private boolean stage(VersionRecord version) {
    if (!replica.stage(version)) {
      throw new PeerException(nodeId + " lacks chunks that it had", null);
    }
    return true;
  }
}
