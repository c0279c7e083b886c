// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What cleanup does to chunks, keys, versions and copies, and why, a line before each step: {@code
 * time action what bytes reason}. The last file or two are kept. Thread-safe.
 */
public final class DeletionLog {
  private static final Logger log = LoggerFactory.getLogger(DeletionLog.class);
  private static final long SIZE_MAX = 8 << 20;

  private final Path file;
  private final InstantSource clock;

  DeletionLog(Path folder, InstantSource clock) {
    this.file = folder.resolve("deletions.log");
    this.clock = clock;
  }

  /**
   * @param what without spaces: a chunk, or a key and its version
   */
  public synchronized void write(String action, String what, long bytes, String reason) {
    String line = "%s %s %s %d %s%n".formatted(clock.instant(), action, what, bytes, reason);
    try {
      if (Files.exists(file) && Files.size(file) > SIZE_MAX) {
        Files.move(
            file, file.resolveSibling("deletions.1.log"), StandardCopyOption.REPLACE_EXISTING);
      }
      Files.writeString(
          file, line, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      // A full disk must not keep the collector from making room.
      log.warn("Not written to {}: {}", file, line.strip(), e);
    }
  }
}
