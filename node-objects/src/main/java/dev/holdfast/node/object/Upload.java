package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.peer.PeerTimeoutException;
import dev.holdfast.node.store.Chunk;
import dev.holdfast.node.store.DiskFullException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** One write under way: a {@link Lane} to each of its holders. Confined to the request's thread. */
final class Upload implements AutoCloseable {
  private final Holders holders;
  private final long stallMillis;
  private final Map<String, Lane> lanes = new LinkedHashMap<>();

  Upload(Holders holders, long stallMillis) {
    this.holders = holders;
    this.stallMillis = stallMillis;
  }

  /** Adds the nodes that are new; those fetch what was sent before they came. */
  void open(List<String> nodes, List<ChunkRef> sentBefore) {
    List<String> sources = alive();
    for (String node : nodes) {
      if (!lanes.containsKey(node)) {
        Lane lane = new Lane(node, holders.of(node));
        lanes.put(node, lane);
        if (!sentBefore.isEmpty()) {
          lane.give(new Lane.Step.Pull(List.copyOf(sentBefore), sources), stallMillis);
        }
      }
    }
  }

  List<String> alive() {
    return lanes.values().stream().filter(Lane::isAlive).map(Lane::nodeId).toList();
  }

  Set<String> failed() {
    Set<String> failed = new LinkedHashSet<>();
    lanes.values().stream()
        .filter(lane -> !lane.isAlive())
        .forEach(lane -> failed.add(lane.nodeId()));
    return failed;
  }

  boolean isAnyDiskFull() {
    return lanes.values().stream().anyMatch(lane -> lane.failure() instanceof DiskFullException);
  }

  /** Those that dropped out because they were too slow, though they were reached. */
  Set<String> slow() {
    Set<String> slow = new LinkedHashSet<>();
    lanes.values().stream()
        .filter(lane -> lane.failure() instanceof PeerTimeoutException)
        .forEach(lane -> slow.add(lane.nodeId()));
    return slow;
  }

  /**
   * Waits while every lane is full: that is what slows the sender of the body down.
   *
   * @param room for the chunk, given back when no lane needs it any more
   */
  void send(Chunk chunk, BodyBuffers.Reserved room) {
    List<Lane> alive = lanes.values().stream().filter(Lane::isAlive).toList();
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
    alive.forEach(lane -> lane.give(new Lane.Step.Keep(chunk, done), stallMillis));
  }

  /** Nobody shall keep what was staged for a commit that certainly failed. */
  void takeBack(VersionRecord version) {
    lanes.values().forEach(lane -> lane.takeBack(version));
  }

  /** Who has fsynced one attempt's record. */
  static final class Acks {
    private final Map<String, CompletableFuture<Boolean>> durable = new LinkedHashMap<>();

    List<String> durable() {
      return durable.entrySet().stream()
          .filter(entry -> entry.getValue().getNow(false))
          .map(Map.Entry::getKey)
          .toList();
    }

    /** Returns when so many have, or no more can, or the time is up. */
    void await(int quorum, long timeoutNanos) {
      long deadline = System.nanoTime() + timeoutNanos;
      List<CompletableFuture<Boolean>> open = new ArrayList<>(durable.values());
      while (durable().size() < quorum && !open.isEmpty()) {
        long left = deadline - System.nanoTime();
        if (left <= 0 || !awaitAny(open, left)) {
          return;
        }
        open.removeIf(CompletableFuture::isDone);
      }
    }

    private static boolean awaitAny(List<CompletableFuture<Boolean>> open, long nanos) {
      return Upload.await(CompletableFuture.anyOf(open.toArray(CompletableFuture[]::new)), nanos);
    }
  }

  Acks stage(VersionRecord version, List<String> targets) {
    Acks acks = new Acks();
    for (String target : targets) {
      Lane lane = lanes.get(target);
      if (lane != null && lane.isAlive()) {
        CompletableFuture<Boolean> durable = new CompletableFuture<>();
        acks.durable.put(target, durable);
        lane.give(new Lane.Step.Stage(version, durable), stallMillis);
      }
    }
    return acks;
  }

  /**
   * Tells the holders of the agreement, and waits for the first of them, so that a listing shows
   * the write. When none answers, their sweepers find out (R21).
   */
  void confirm(
      VersionRecord version, VersionId id, long revision, List<String> behind, long timeoutNanos) {
    List<CompletableFuture<Boolean>> open = new ArrayList<>();
    for (Lane lane : lanes.values()) {
      if (lane.isAlive()) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        open.add(done);
        // A lane that is stuck must not hold up the reply: its own queue entry is enough.
        lane.give(new Lane.Step.Confirm(version, id, revision, behind, done), 0);
      }
    }
    long deadline = System.nanoTime() + timeoutNanos;
    while (!open.isEmpty() && open.stream().noneMatch(done -> done.getNow(false))) {
      long left = deadline - System.nanoTime();
      if (left <= 0 || !Acks.awaitAny(open, left)) {
        return;
      }
      if (open.stream().anyMatch(done -> done.getNow(false))) {
        return;
      }
      open.removeIf(CompletableFuture::isDone);
    }
  }

  private static boolean await(CompletableFuture<?> future, long nanos) {
    try {
      future.get(nanos, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("A lane never fails its futures", e);
    }
  }

  /** Lets the lanes finish what they have, without waiting for them. */
  @Override
  public void close() {
    lanes.values().forEach(lane -> lane.give(new Lane.Step.End(), 0));
  }
}
