// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses writes before the disk is full, and holds a ballast file that is given up when it is, so
 * that a delete, which is a small write, still succeeds. Thread-safe.
 */
public final class SpaceGuard {
  private static final Logger log = LoggerFactory.getLogger(SpaceGuard.class);
  private static final long LOOK_NANOS = Duration.ofMillis(100).toNanos();

  private final Path folder;
  private final Path ballast;
  private final StoreSettings settings;
  private final LongSupplier nanos;
  private volatile @Nullable Look last;

  private record Look(long freeBytes, long atNanos) {}

  /**
   * @param nanos monotonic
   */
  SpaceGuard(Path folder, StoreSettings settings, LongSupplier nanos) {
    this.nanos = nanos;
    this.folder = folder;
    this.ballast = folder.resolve("ballast");
    this.settings = settings;
  }

  /** Below it writes are refused. */
  long minFreeBytes() {
    return settings.minFreeBytes();
  }

  /** As of this moment. */
  public long freeBytes() {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException e) {
      log.warn("Cannot tell the free space of {}", folder, e);
      return 0;
    }
  }

  /**
   * Believes what it saw a moment ago: a look at the disk costs more than the rest of a small
   * write.
   *
   * @throws DiskFullException when writes must stop
   */
  public void checkWritable() {
    Look look = last;
    if (look == null || nanos.getAsLong() - look.atNanos >= LOOK_NANOS) {
      look = new Look(freeBytes(), nanos.getAsLong());
      last = look;
    }
    if (look.freeBytes < settings.minFreeBytes()) {
      throw new DiskFullException(
          "%d bytes are free, %d are kept".formatted(look.freeBytes, settings.minFreeBytes()),
          null);
    }
  }

  /** Makes the ballast when there is room for it. Called at start, and after space was freed. */
  void load() {
    try {
      if (settings.ballastBytes() == 0
          || (Files.exists(ballast) && Files.size(ballast) >= settings.ballastBytes())
          || freeBytes() < settings.minFreeBytes() + settings.ballastBytes()) {
        return;
      }
      try (FileChannel file =
          FileChannel.open(ballast, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        // Written, not just sized: a sparse file frees nothing.
        ByteBuffer block = ByteBuffer.allocate(1 << 20);
        for (long at = file.size(); at < settings.ballastBytes(); at += block.capacity()) {
          block.clear().limit((int) Math.min(block.capacity(), settings.ballastBytes() - at));
          file.position(at);
          Folders.writeFully(file, block);
        }
      }
    } catch (IOException e) {
      log.warn("Cannot make the ballast file {}", ballast, e);
    }
  }

  /** Gives up the ballast. True when that freed something. */
  boolean release() {
    try {
      boolean freed = Files.deleteIfExists(ballast);
      if (freed) {
        log.warn("The disk of {} is full: gave up the ballast file so that deletes go on", folder);
      }
      return freed;
    } catch (IOException e) {
      log.error("Cannot delete the ballast file {}", ballast, e);
      return false;
    }
  }
}
