// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.folder;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Writes of whole files that a power loss leaves old or new, never empty or half. */
public final class DurableFile {
  private static final FileAttribute<?> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<?> USUAL =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--"));

  private DurableFile() {}

  /** Replaces the file by what is read; durable when this returns. */
  public static void replace(Path file, InputStream content) throws IOException {
    replace(file, content, USUAL);
  }

  /** The same, for the eyes of its owner alone. */
  static void replacePrivately(Path file, InputStream content) throws IOException {
    replace(file, content, PRIVATE);
  }

  private static void replace(Path file, InputStream content, FileAttribute<?> mode)
      throws IOException {
    Path target = file.toAbsolutePath();
    Path fresh = target.resolveSibling(target.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    try (FileChannel out =
        FileChannel.open(
            fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode)) {
      content.transferTo(Channels.newOutputStream(out));
      out.force(true);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(fresh);
      throw e;
    }
    Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    Path folder = target.getParent();
    if (folder != null) {
      try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
        names.force(true);
      }
    }
  }
}
