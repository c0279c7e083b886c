// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.ObjectBodies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a file beside its bytes, as metadata of its object. Owner, group, access control
 * lists and extended attributes are not kept.
 *
 * @param mode permission bits with set-user-id, set-group-id and sticky bit, 0 to 07777
 * @param modified to the nanosecond
 * @param hardLink what the hard links to one file have in common: the percent-encoded name of the
 *     first of them; empty for a file of one name
 */
record FileFacts(FileKind kind, int mode, Instant modified, String hardLink) {
  static final int SET_GROUP_ID = 02000;
  private static final int SET_ID_BITS = 06000;
  private static final int ALL_BITS = 07777;

  /** What the JDK can set: nanoseconds since 1970 in 64 bits. */
  private static final Instant EARLIEST = Instant.ofEpochSecond(0, Long.MIN_VALUE);

  private static final Instant LATEST = Instant.ofEpochSecond(0, Long.MAX_VALUE);

  FileFacts {
    if (mode < 0 || mode > ALL_BITS) {
      throw new IllegalArgumentException("its mode is " + Integer.toOctalString(mode));
    }
    if (modified.isBefore(EARLIEST) || modified.isAfter(LATEST)) {
      throw new IllegalArgumentException("its time is " + modified);
    }
  }

  /**
   * What an object says of the file that it was made from.
   *
   * @param facts empty when the object was not made from a file, or when the facts make no sense
   * @param fault why they make no sense; empty when they do
   */
  record Stored(FileKind kind, Optional<FileFacts> facts, String fault) {}

  static Stored stored(@Nullable Map<String, String> metadata) {
    String type = metadata == null ? null : metadata.get("type");
    Optional<FileKind> kind =
        Arrays.stream(FileKind.values()).filter(k -> k.metadataName().equals(type)).findFirst();
    if (metadata == null || kind.isEmpty()) {
      return new Stored(FileKind.FILE, Optional.empty(), ""); // Metadata of somebody else.
    }
    try {
      return new Stored(
          kind.get(),
          Optional.of(
              new FileFacts(
                  kind.get(),
                  Integer.parseInt(metadata.getOrDefault("mode", ""), 8),
                  Instant.parse(metadata.getOrDefault("mtime", "")),
                  metadata.getOrDefault("hardlink", ""))),
          "");
    } catch (IllegalArgumentException | DateTimeException e) {
      return new Stored(kind.get(), Optional.empty(), String.valueOf(e.getMessage()));
    }
  }

  /**
   * @throws IllegalArgumentException with the reason, when its time is beyond what can be restored
   */
  static FileFacts of(FileKind kind, UnixFile file) {
    return new FileFacts(kind, file.mode(), file.modified(), "");
  }

  /** Of a regular file, through links. */
  static FileFacts ofFile(Path file) throws IOException {
    return of(FileKind.FILE, UnixFile.read(file));
  }

  /** With its first name, in whatever order a walk finds them. */
  FileFacts linkedTo(String firstName) {
    return new FileFacts(kind, mode, modified, UriText.path(firstName));
  }

  /** For a restore that must not make programs run as somebody else. */
  FileFacts withoutSetId() {
    return kind == FileKind.FILE
        ? new FileFacts(kind, mode & ~SET_ID_BITS, modified, hardLink)
        : this;
  }

  RestRequest addTo(RestRequest request) {
    RestRequest described =
        request
            .header(ObjectBodies.META_HEADER_PREFIX + "Type", kind.metadataName())
            .header(ObjectBodies.META_HEADER_PREFIX + "Mode", String.format("%04o", mode))
            .header(ObjectBodies.META_HEADER_PREFIX + "Mtime", modified.toString());
    return hardLink.isEmpty()
        ? described
        : described.header(ObjectBodies.META_HEADER_PREFIX + "Hardlink", hardLink);
  }

  /** Whether a file or folder of the disk has them already. */
  boolean holdFor(Path path) throws IOException {
    UnixFile there = UnixFile.read(path, LinkOption.NOFOLLOW_LINKS);
    return there.mode() == mode && there.modified().equals(settable());
  }

  /** Time first: once the mode forbids reading, the JDK can open the file for nothing else. */
  void applyTo(Path path) throws IOException {
    Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(FileTime.from(settable()), null, null);
    if (kind != FileKind.SYMLINK) { // The mode of a link means nothing.
      setMode(path, mode);
    }
  }

  /** The JDK makes 1970 of any earlier time that is no whole second. */
  private Instant settable() {
    return modified.isBefore(Instant.EPOCH) ? modified.truncatedTo(ChronoUnit.SECONDS) : modified;
  }

  static void setMode(Path path, int mode) throws IOException {
    Files.setAttribute(path, "unix:mode", mode, LinkOption.NOFOLLOW_LINKS);
  }

  static int mode(Path path) throws IOException {
    return UnixFile.read(path, LinkOption.NOFOLLOW_LINKS).mode();
  }
}
