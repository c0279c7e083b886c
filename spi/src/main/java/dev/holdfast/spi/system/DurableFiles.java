// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.system;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Steps on files after which a power cut takes nothing back. A rename survives one only when the
 * folder was fsynced, and what it names only when the file was. All of them block; an {@link
 * IOException} leaves the old state or the new one, and nobody may rely on either.
 */
public final class DurableFiles {
  /** Ends the name of what a crash may leave behind beside a file. */
  public static final String TEMPORARY = ".tmp";

  private DurableFiles() {}

  /** Writes a whole file: after a crash there is the old one, the new one, or none. */
  public static void replace(Path file, byte[] content) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + TEMPORARY);
    Files.write(temporary, content);
    sync(temporary);
    move(temporary, file);
  }

  /** Renames within a file system, over what is there. The content was made durable before. */
  public static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncParent(to);
  }

  /** The content of a file, or the names in a folder. */
  public static void sync(Path path) throws IOException {
    boolean isFolder = Files.isDirectory(path);
    try (FileChannel channel =
        FileChannel.open(path, isFolder ? StandardOpenOption.READ : StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** The name of a file or folder. */
  public static void syncParent(Path path) throws IOException {
    Path parent = path.toAbsolutePath().getParent();
    if (parent != null) {
      sync(parent);
    }
  }
}
