// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.store.DiskFullException;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches chunks that were found rotten on this node from any other node that has them: chunks are
 * named by their content, so whoever has one has the right one. What finds no room here, or no
 * other node, is found missing by the scrub of records, and queued.
 */
final class ChunkHealer {
  private static final Logger log = LoggerFactory.getLogger(ChunkHealer.class);

  /** Chunks that wait; a disk that loses more at once is left to the scrub. */
  private static final int WAITING_MAX = 1_000;

  private static final ChunkRef WAKE_UP = ChunkRef.of(new byte[1]);

  private final ClusterView cluster;
  private final Replicas replicas;
  private final Meter meter;
  private final BlockingQueue<ChunkRef> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
  private volatile boolean closed;

  ChunkHealer(ClusterView cluster, Replicas replicas, Meter meter) {
    this.cluster = cluster;
    this.replicas = replicas;
    this.meter = meter;
  }

  /** Returns at once. */
  void isDamaged(ChunkRef ref) {
    if (!waiting.offer(ref)) {
      log.warn("Chunk {} waits for the scrub: too many are damaged", ref.hash().toHex());
    }
  }

  /** Ends {@link #healNext}; what waits is found again by the scrub. */
  void close() {
    closed = true;
    waiting.clear();
    isDamaged(WAKE_UP);
  }

  /** Waits for the next one and heals it; false at the end. */
  boolean healNext() throws InterruptedException {
    ChunkRef ref = waiting.take();
    if (closed) {
      return false;
    }
    heal(ref);
    return true;
  }

  private void heal(ChunkRef ref) {
    List<String> others = new ArrayList<>(cluster.healthy());
    others.remove(cluster.self());
    try {
      if (replicas.local().pull(List.of(ref), others).isEmpty()) {
        meter.count("chunks.healed", 1);
        log.info("Chunk {} is whole again", ref.hash().toHex());
      }
    } catch (PeerException | DiskFullException e) {
      log.warn("Chunk {} cannot be fetched now: {}", ref.hash().toHex(), e.getMessage());
    }
  }
}
