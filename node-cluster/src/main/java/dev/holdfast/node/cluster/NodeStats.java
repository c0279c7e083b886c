// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.core.Keys;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Transaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the others how much room this node has left, in {@code stats/<node>}: outside the map,
 * whose epoch must not move with every write (R23). Run every second by one thread: told as soon as
 * a commit succeeds, then looked at every half minute and told when it changed by more than a
 * hundredth.
 */
public final class NodeStats implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeStats.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(30);
  private static final double WORTH_TELLING = 0.01;

  private final String self;
  private final Path data;
  private final Coordinator coordinator;
  private final LongSupplier nanoTime;
  private long told = -1;
  private long lookedAt;

  public NodeStats(String self, Path data, Coordinator coordinator, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.self = self;
    this.data = data;
    this.coordinator = coordinator;
  }

  @Override
  public void run() {
    long now = nanoTime.getAsLong();
    if (told >= 0 && now - lookedAt < LOOK_EVERY.toNanos()) {
      return;
    }
    lookedAt = now;
    try {
      // Of the file store of this very folder: a list of mounts is wrong too often.
      long free = Files.getFileStore(data).getUsableSpace();
      if (told >= 0 && Math.abs(free - told) < told * WORTH_TELLING) {
        return;
      }
      Change put = new Change.Put(Keys.stats(self), Bytes.utf8(Long.toString(free)));
      coordinator.commit(new Transaction(List.of(), List.of(put)), TIMEOUT);
      told = free;
    } catch (IOException | CoordinatorException e) {
      if (told >= 0) {
        LOG.info("Free space is not told now: {}", e.getMessage());
      } else {
        LOG.debug("Free space is not told yet: {}", e.getMessage());
      }
    }
  }

  /** What a node told last, -1 when it never did. */
  static long freeBytes(Coordinator coordinator, String node) {
    Entry entry = coordinator.readLocal(Keys.stats(node)).observation().entry();
    return entry == null ? -1 : Long.parseLong(entry.value().toUtf8());
  }
}
