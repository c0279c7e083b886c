// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.spi.system.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Durable steps on files. A rename survives a power cut only when its directory was fsynced. */
final class Folders {
  /** Ends the name of what a crash may leave behind. */
  static final String TEMP = DurableFiles.TEMPORARY;

  private Folders() {}

  static void sync(Path folder) throws IOException {
    DurableFiles.sync(folder);
  }

  /** Makes the name of a file or folder durable. */
  static void syncParent(Path path) throws IOException {
    DurableFiles.syncParent(path);
  }

  /** Makes a folder, and the name of it durable. */
  static void make(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
      syncParent(folder);
    }
  }

  /** Writes a whole file, so that after a crash there is the old one, the new one, or none. */
  static void replace(Path file, byte[] bytes) throws IOException {
    DurableFiles.replace(file, bytes);
  }

  /** Deletes the files of a folder that match; nothing happens when there is no such folder. */
  static void deleteAll(Path folder, Predicate<String> names) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (Files.isRegularFile(file) && names.test(file.getFileName().toString())) {
          Files.delete(file);
        }
      }
    }
  }

  static void writeAndSync(Path file, byte[] bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      writeFully(channel, ByteBuffer.wrap(bytes));
      channel.force(true);
    }
  }

  static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** The text of the kernel for EIO: the disk itself cannot give what it keeps. */
  static boolean isUnreadable(IOException e) {
    return String.valueOf(e.getMessage()).contains("Input/output error");
  }

  /** The text of the kernel for ENOSPC and EDQUOT: Java has no type for it. */
  static boolean isDiskFull(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No space left on device") || message.contains("quota exceeded");
  }
}
