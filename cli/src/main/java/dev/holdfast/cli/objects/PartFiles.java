// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Files that are not whole yet, beside the place that they will take. The end of the process, by a
 * signal too, removes its own; those of a process that was killed are removed by the next one that
 * writes into the folder.
 */
final class PartFiles implements AutoCloseable {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ALONE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private static final String GLOB = ".holdfast-*.part";
  private static final Pattern NAME = Pattern.compile("\\.holdfast-[0-9a-f-]{36}\\.part");

  /** Between making a part and locking it, and while it gets its mode and place, it is unlocked. */
  private static final Duration UNLOCKED_AT_MOST = Duration.ofMinutes(1);

  private final InstantSource clock;
  private final Set<Path> parts = new HashSet<>();
  private final Thread atExit = new Thread(this::drop, "holdfast-part-files");
  private boolean dropped;

  PartFiles(InstantSource clock) {
    this.clock = clock;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  static boolean isPart(String name) {
    return NAME.matcher(name).matches();
  }

  /** Makes something at a place. */
  interface Maker<T> {
    T make(Path part) throws IOException;
  }

  /** Makes a part in the folder. The caller moves it away, or discards it. */
  synchronized <T> T make(Path folder, Maker<T> maker) throws IOException {
    if (dropped) {
      throw new IOException("the command is ending");
    }
    Path part = folder.resolve(".holdfast-" + UUID.randomUUID() + ".part");
    T made = maker.make(part);
    parts.add(part);
    return made;
  }

  /** A part that is being written. */
  record Opened(Path path, FileChannel channel) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** Opens a part that nobody else can read, locked as long as the channel is open. */
  static Opened open(Path part) throws IOException {
    FileChannel channel =
        FileChannel.open(
            part, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_ALONE);
    try {
      channel.tryLock();
    } catch (IOException e) {
      // A network file system without locks: the age alone protects the part there.
      return new Opened(part, channel);
    }
    return new Opened(part, channel);
  }

  synchronized void moved(Path part) {
    parts.remove(part);
  }

  synchronized void discard(Path part) throws IOException {
    if (parts.remove(part)) {
      Files.deleteIfExists(part);
    }
  }

  /** Removes what a process left behind that was killed. Returns how many. */
  int removeLeftBehind(Path folder) throws IOException {
    int removed = 0;
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, GLOB)) {
      for (Path part : found) {
        if (isPart(part.getFileName().toString()) && removeIfLeftBehind(part)) {
          removed++;
        }
      }
    } catch (AccessDeniedException e) {
      return removed; // A folder that takes files but cannot be listed.
    }
    return removed;
  }

  private boolean removeIfLeftBehind(Path part) throws IOException {
    try {
      return isLeftBehind(part) && Files.deleteIfExists(part);
    } catch (AccessDeniedException | NoSuchFileException e) {
      return false; // Another user's, or another command is removing it.
    }
  }

  private boolean isLeftBehind(Path part) throws IOException {
    FileTime changed = (FileTime) Files.getAttribute(part, "unix:ctime", LinkOption.NOFOLLOW_LINKS);
    if (changed.toInstant().plus(UNLOCKED_AT_MOST).isAfter(clock.instant())) {
      return false;
    }
    if (!Files.isRegularFile(part, LinkOption.NOFOLLOW_LINKS)) {
      return Files.isSymbolicLink(part);
    }
    try (FileChannel channel =
            FileChannel.open(part, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        var lock = channel.tryLock()) {
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // It is our own.
    }
  }

  private synchronized void drop() {
    dropped = true;
    for (Path part : parts) {
      try {
        Files.deleteIfExists(part);
      } catch (IOException e) {
        System.err.println("holdfast: " + part + " stays: " + FileFault.reason(e));
      }
    }
    parts.clear();
  }

  @Override
  public void close() {
    drop();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process is ending, and the hook does the same.
      dropped = true;
    }
  }
}
