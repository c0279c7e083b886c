// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.system.DurableFiles;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files and folders that are there after a power cut. */
final class Folders {
  private static final Logger LOG = LoggerFactory.getLogger(Folders.class);
  private static final long CHATTR_SECONDS_MAX = 2;

  private Folders() {}

  /**
   * Makes names in a folder durable, also on a thread that is interrupted meanwhile or was before:
   * that is no failure of the disk. Ratis interrupts its elections. The thread is interrupted
   * afterwards too.
   */
  static void syncUninterrupted(Path folder) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          DurableFiles.sync(folder);
          return;
        } catch (ClosedByInterruptException _) {
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Everything below a folder, contents and names. */
  static void syncTree(Path folder) throws IOException {
    for (Path path : walk(folder)) {
      DurableFiles.sync(path);
    }
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    for (Path path : walk(folder).reversed()) {
      Files.deleteIfExists(path);
    }
  }

  private static List<Path> walk(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      return tree.sorted(Comparator.naturalOrder()).toList();
    }
  }

  /**
   * Asks the file system to make every change of names in this folder, and in those made in it
   * later, durable at once: Ratis makes and renames the files of its log without syncing the
   * folder. Not all file systems know the attribute. Votes do not depend on it, they are synced
   * before they leave; nor do entries where an fsync of a new file keeps its name too, as on ext4
   * and XFS.
   */
  static void syncNamesAtOnce(Path folder) {
    try {
      Process process =
          new ProcessBuilder("chattr", "+D", folder.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(CHATTR_SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      } else if (process.exitValue() != 0) {
        LOG.debug("{} has no D attribute on this file system", folder);
      }
    } catch (IOException e) {
      LOG.debug("No chattr here: {}", e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
