package dev.holdfast.cli.objects;

import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.protocol.ObjectBodies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a file beside its bytes, as metadata of its object.
 *
 * @param mode permission bits, 0 to 0777; owner and set-id bits are not kept
 * @param modified to the nanosecond
 */
record FileFacts(FileKind kind, int mode, Instant modified) {
  private static final PosixFilePermission[] BITS = {
    PosixFilePermission.OTHERS_EXECUTE,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_READ,
  };
  private static final int ALL_BITS = 0777;

  FileFacts {
    if (mode < 0 || mode > ALL_BITS) {
      throw new IllegalArgumentException("mode " + Integer.toOctalString(mode));
    }
  }

  /** Empty for what is neither file, folder nor link: a socket, a pipe, a device. */
  static Optional<FileFacts> of(Path path) throws IOException {
    PosixFileAttributes found =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    FileKind kind;
    if (found.isSymbolicLink()) {
      kind = FileKind.SYMLINK;
    } else if (found.isDirectory()) {
      kind = FileKind.FOLDER;
    } else if (found.isRegularFile()) {
      kind = FileKind.FILE;
    } else {
      return Optional.empty();
    }
    return Optional.of(
        new FileFacts(kind, mode(found.permissions()), found.lastModifiedTime().toInstant()));
  }

  /** Empty when the object was not stored from a file, or its metadata make no sense. */
  static Optional<FileFacts> of(@Nullable Map<String, String> metadata) {
    if (metadata == null || !metadata.containsKey("type")) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new FileFacts(
              FileKind.valueOf(metadata.getOrDefault("type", "").toUpperCase(Locale.ROOT)),
              Integer.parseInt(metadata.getOrDefault("mode", ""), 8),
              Instant.parse(metadata.getOrDefault("mtime", ""))));
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty(); // Somebody else's metadata under our names: bytes only.
    }
  }

  RestRequest addTo(RestRequest request) {
    return request
        .header(ObjectBodies.META_HEADER_PREFIX + "Type", kind.name().toLowerCase(Locale.ROOT))
        .header(ObjectBodies.META_HEADER_PREFIX + "Mode", String.format("%04o", mode))
        .header(ObjectBodies.META_HEADER_PREFIX + "Mtime", modified.toString());
  }

  /** Mode first: a read-only file still takes a time, from its owner. */
  void applyTo(Path path) throws IOException {
    if (kind != FileKind.SYMLINK) { // The mode of a link means nothing.
      Files.setPosixFilePermissions(path, permissions(mode));
    }
    Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(FileTime.from(modified), null, null);
  }

  private static int mode(Set<PosixFilePermission> permissions) {
    int mode = 0;
    for (int bit = 0; bit < BITS.length; bit++) {
      if (permissions.contains(BITS[bit])) {
        mode |= 1 << bit;
      }
    }
    return mode;
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (int bit = 0; bit < BITS.length; bit++) {
      if ((mode & 1 << bit) != 0) {
        permissions.add(BITS[bit]);
      }
    }
    return permissions;
  }
}
