// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What the file system says of a file.
 *
 * @param kind empty for what is neither file, folder nor link: a socket, a pipe, a device
 * @param mode permission bits with set-user-id, set-group-id and sticky bit
 * @param names how many hard links it has
 * @param inode equal for two names of one file
 */
record UnixFile(
    Optional<FileKind> kind, int mode, Instant modified, long size, int names, Inode inode) {
  private static final int MODE_BITS = 07777;
  private static final String ATTRIBUTES =
      "unix:mode,nlink,ino,dev,size,lastModifiedTime,isSymbolicLink,isDirectory,isRegularFile";

  record Inode(Object device, Object number) {}

  static UnixFile read(Path path, LinkOption... options) throws IOException {
    Map<String, Object> found = Files.readAttributes(path, ATTRIBUTES, options);
    return new UnixFile(
        kind(found),
        (Integer) value(found, "mode") & MODE_BITS,
        ((FileTime) value(found, "lastModifiedTime")).toInstant(),
        (Long) value(found, "size"),
        (Integer) value(found, "nlink"),
        new Inode(value(found, "dev"), value(found, "ino")));
  }

  private static Optional<FileKind> kind(Map<String, Object> found) {
    if (value(found, "isSymbolicLink").equals(true)) {
      return Optional.of(FileKind.SYMLINK);
    }
    if (value(found, "isDirectory").equals(true)) {
      return Optional.of(FileKind.FOLDER);
    }
    return value(found, "isRegularFile").equals(true)
        ? Optional.of(FileKind.FILE)
        : Optional.empty();
  }

  private static Object value(Map<String, Object> found, String name) {
    return Objects.requireNonNull(found.get(name), name);
  }
}
