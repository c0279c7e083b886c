// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerTimeoutException;
import dev.holdfast.node.store.Chunk;
import dev.holdfast.node.store.DiskFullException;
import dev.holdfast.node.store.StoreFailedException;
import dev.holdfast.spi.system.Deadline;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One write under way: a {@link ReplicaWriter} to each of its replicas. Confined to the request's
 * thread.
 */
final class Upload implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Upload.class);

  private final Replicas replicas;
  private final long stallMillis;
  private final Map<String, ReplicaWriter> writers = new LinkedHashMap<>();

  Upload(Replicas replicas, long stallMillis) {
    this.replicas = replicas;
    this.stallMillis = stallMillis;
  }

  /** Adds the nodes that are new; those fetch what was sent before they came. */
  void open(List<String> nodes, List<ChunkRef> sentBefore) {
    open(nodes, sentBefore, alive());
  }

  /**
   * @param sentBefore chunks that are somewhere already
   * @param sources nodes that have them
   */
  void open(List<String> nodes, List<ChunkRef> sentBefore, List<String> sources) {
    for (String node : nodes) {
      if (!writers.containsKey(node)) {
        ReplicaWriter writer = new ReplicaWriter(node, replicas.of(node));
        writers.put(node, writer);
        if (!sentBefore.isEmpty()) {
          writer.give(new ReplicaWriter.Step.Pull(List.copyOf(sentBefore), sources), stallMillis);
        }
      }
    }
  }

  List<String> alive() {
    return writers.values().stream()
        .filter(ReplicaWriter::isAlive)
        .map(ReplicaWriter::nodeId)
        .toList();
  }

  Set<String> failed() {
    Set<String> failed = new LinkedHashSet<>();
    writers.values().stream()
        .filter(writer -> !writer.isAlive())
        .forEach(writer -> failed.add(writer.nodeId()));
    return failed;
  }

  boolean isAnyDiskFull() {
    return writers.values().stream()
        .anyMatch(writer -> writer.failure() instanceof DiskFullException);
  }

  /** Those that dropped out because they were too slow, though they were reached. */
  Set<String> slow() {
    Set<String> slow = new LinkedHashSet<>();
    writers.values().stream()
        .filter(writer -> writer.failure() instanceof PeerTimeoutException)
        .forEach(writer -> slow.add(writer.nodeId()));
    return slow;
  }

  /**
   * Waits while every writer is full: that is what slows the sender of the body down.
   *
   * @param room for the chunk, given back when no writer needs it any more
   */
  void send(Chunk chunk, BodyBuffers.Reserved room) {
    List<ReplicaWriter> alive = writers.values().stream().filter(ReplicaWriter::isAlive).toList();
    AtomicInteger left = new AtomicInteger(alive.size());
    Runnable done =
        () -> {
          if (left.decrementAndGet() == 0) {
            room.close();
          }
        };
    if (alive.isEmpty()) {
      room.close();
    }
    alive.forEach(writer -> writer.give(new ReplicaWriter.Step.Keep(chunk, done), stallMillis));
  }

  /** Lets the replicas fetch chunks that other nodes have. */
  void fetch(List<ChunkRef> chunks, List<String> sources) {
    if (!chunks.isEmpty()) {
      writers
          .values()
          .forEach(writer ->
              writer.give(new ReplicaWriter.Step.Pull(List.copyOf(chunks), sources), stallMillis));
    }
  }

  /** Nobody shall keep what was staged for a commit that certainly failed. */
  void takeBack(VersionRecord version) {
    writers.values().forEach(writer -> writer.takeBack(version));
  }

  /** Who has done one step. The replicas answer on threads that must not block. */
  static final class Acks {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Boolean> answers = new LinkedHashMap<>();
    private int open;
    private int wanted;

    private CompletableFuture<Boolean> of(String node) {
      lock.lock();
      try {
        answers.put(node, false);
        open++;
      } finally {
        lock.unlock();
      }
      CompletableFuture<Boolean> done = new CompletableFuture<>();
      var _ = done.thenAccept(isDone -> settle(node, isDone));
      return done;
    }

    private void settle(String node, boolean isDone) {
      lock.lock();
      try {
        answers.put(node, isDone);
        open--;
        if (isEnough()) {
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }

    private boolean isEnough() {
      return open == 0 || answers.values().stream().filter(isDone -> isDone).count() >= wanted;
    }

    /** In the order in which they were asked. */
    List<String> durable() {
      lock.lock();
      try {
        return answers.entrySet().stream()
            .filter(Map.Entry::getValue)
            .map(Map.Entry::getKey)
            .toList();
      } finally {
        lock.unlock();
      }
    }

    /** Returns when so many have, or no more can, or the time is up. For one thread. */
    void await(int quorum, Deadline deadline) {
      lock.lock();
      try {
        wanted = quorum;
        long left = deadline.leftNanos();
        while (!isEnough() && left > 0) {
          left = changed.awaitNanos(left);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        lock.unlock();
      }
    }
  }

  Acks stage(VersionRecord version, List<String> targets) {
    Acks acks = new Acks();
    for (String target : targets) {
      ReplicaWriter writer = writers.get(target);
      if (writer != null && writer.isAlive()) {
        writer.give(new ReplicaWriter.Step.Stage(version, acks.of(target)), stallMillis);
      }
    }
    return acks;
  }

  /** Asks replicas that have staged a record to keep it, though the cluster has not agreed. */
  Acks accept(VersionRecord version, VersionId id, List<String> nodes) {
    Acks acks = new Acks();
    for (String node : nodes) {
      ReplicaWriter writer = writers.get(node);
      if (writer != null && writer.isAlive()) {
        writer.give(new ReplicaWriter.Step.Accept(version.key(), id, acks.of(node)), 0);
      }
    }
    return acks;
  }

  /**
   * Confirms at the replicas that the cluster has agreed, and waits for the first of them, so that
   * a listing shows the write. When none answers, their sweepers find out (R21).
   *
   * <p>A replica that is still being written to is no replica that is missing: only when its writer
   * fails do the others queue it (R24). Should this node die meanwhile, the replica finds out when
   * it compares states.
   *
   * @param durable replicas that have the record
   * @param missing the other ones
   */
  void confirm(
      VersionRecord version,
      VersionId id,
      long revision,
      List<String> durable,
      List<String> missing,
      Deadline deadline) {
    List<String> behind = new ArrayList<>(missing);
    // Once: a writer that fails meanwhile says so when its step is skipped.
    List<String> alive = alive();
    behind.removeAll(alive);
    Acks acks = new Acks();
    for (ReplicaWriter writer : writers.values()) {
      if (alive.contains(writer.nodeId())) {
        CompletableFuture<Boolean> done = acks.of(writer.nodeId());
        if (missing.contains(writer.nodeId())) {
          var _ =
              done.thenAccept(isDone -> {
                if (!isDone) {
                  queueAt(durable, version, id, revision, writer.nodeId());
                }
              });
        }
        // A writer that is stuck must not hold up the reply.
        writer.give(new ReplicaWriter.Step.Confirm(version, id, revision, behind, done), 0);
      }
    }
    acks.await(1, deadline);
  }

  private void queueAt(
      List<String> durable, VersionRecord version, VersionId id, long revision, String late) {
    for (String node : durable) {
      Thread.ofVirtual()
          .name("queue-" + late)
          .start(() -> {
            try {
              replicas.of(node).confirm(version.key(), id, revision, List.of(late));
            } catch (PeerException | DiskFullException | StoreFailedException e) {
              log.debug("{} does not learn that {} is behind", node, late, e);
            }
          });
    }
  }

  /** Lets the writers finish what they have, without waiting for them. */
  @Override
  public void close() {
    writers.values().forEach(ReplicaWriter::end);
  }
}
