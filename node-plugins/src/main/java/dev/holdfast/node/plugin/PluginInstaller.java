// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.system.DurableFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Puts plugins into a folder {@code plugins} of a data folder and takes them out. A node takes
 * notice at its next start.
 *
 * <p>An installation goes {@code .staging/x} (unpacked, checked, fsynced) → {@code .next/<id>}
 * (from here on it will happen) → the old {@code <id>} to {@code .old/} → {@code .next/<id>} to
 * {@code <id>}; each arrow is one rename, and the folders are fsynced between. {@link #recover},
 * which runs before each use and each start of a node, ends what a crash left half done. So a node
 * finds the old version or the new one, whole. One process works at a time, by a lock file.
 */
public final class PluginInstaller {
  private static final String STAGING = ".staging";
  private static final String NEXT = ".next";
  private static final String OLD = ".old";
  private static final List<String> WORK_FOLDERS = List.of(STAGING, NEXT, OLD);

  /** A file lock is per process: this one is for the threads of this one. */
  private static final ReentrantLock IN_PROCESS = new ReentrantLock();

  private final Path plugins;

  /**
   * @param plugins {@code <data>/plugins}; made when missing
   */
  public PluginInstaller(Path plugins) {
    this.plugins = plugins.toAbsolutePath().normalize();
  }

  /**
   * @param replaced the version that was there before, when it could be read
   */
  public record Installed(String id, String version, Optional<String> replaced) {}

  /**
   * Installs or replaces a plugin. When this returns, it survives a crash.
   *
   * @throws PluginRefusedException the zip is not fit; nothing has changed
   * @throws IOException it may have happened or not, never in part; the same again is safe
   */
  public Installed install(Path zip) throws PluginRefusedException, IOException {
    Files.createDirectories(plugins);
    if (plugins.getParent() != null) {
      DurableFiles.sync(plugins.getParent());
    }
    return locked(() -> {
      Path staged = Files.createDirectories(plugins.resolve(STAGING).resolve("zip"));
      try {
        PluginZip.unpack(zip, staged);
        PluginDescriptor descriptor = PluginFolder.check(staged, Optional.empty()).descriptor();
        Optional<String> replaced = version(plugins.resolve(descriptor.id()));
        forceFolders(staged);
        Path next = Files.createDirectories(plugins.resolve(NEXT)).resolve(descriptor.id());
        Files.move(staged, next, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.sync(plugins.resolve(NEXT));
        DurableFiles.sync(plugins);
        swapIn(plugins, next);
        deleteWorkFolders(plugins);
        return new Installed(descriptor.id(), descriptor.version().toString(), replaced);
      } finally {
        delete(staged);
      }
    });
  }

  /**
   * Removes a plugin. When this returns, it survives a crash.
   *
   * @return false when there was none
   */
  public boolean remove(String id) throws IOException {
    if (!DescriptorReader.ID.matcher(id).matches()) {
      throw new IllegalArgumentException("'" + id + "' is no id of a plugin");
    }
    if (!Files.isDirectory(plugins)) {
      return false;
    }
    try {
      return locked(() -> {
        boolean removed = moveAway(plugins, plugins.resolve(id));
        deleteWorkFolders(plugins);
        return removed;
      });
    } catch (PluginRefusedException e) {
      throw new IllegalStateException("Nothing is checked on removal", e);
    }
  }

  /** Ends an installation that a crash interrupted, and clears what it left. */
  static void recover(Path plugins) throws IOException {
    if (WORK_FOLDERS.stream().noneMatch(name -> Files.isDirectory(plugins.resolve(name)))) {
      return;
    }
    try {
      new PluginInstaller(plugins).locked(() -> true);
    } catch (PluginRefusedException e) {
      throw new IllegalStateException("Nothing is checked on recovery", e);
    }
  }

  private interface Work<T> {
    T run() throws IOException, PluginRefusedException;
  }

  private <T> T locked(Work<T> work) throws IOException, PluginRefusedException {
    IN_PROCESS.lock();
    try (FileChannel file =
            FileChannel.open(
                plugins.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = file.lock()) {
      if (!lock.isValid()) {
        throw new IOException("The lock of " + plugins + " is not valid");
      }
      for (Path next : list(plugins.resolve(NEXT))) {
        swapIn(plugins, next);
      }
      deleteWorkFolders(plugins);
      return work.run();
    } finally {
      IN_PROCESS.unlock();
    }
  }

  private static void swapIn(Path plugins, Path next) throws IOException {
    Path place = plugins.resolve(String.valueOf(next.getFileName()));
    moveAway(plugins, place);
    Files.move(next, place, StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.sync(plugins);
  }

  private static boolean moveAway(Path plugins, Path place) throws IOException {
    if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    Path old = Files.createDirectories(plugins.resolve(OLD));
    Files.move(
        place, old.resolve(String.valueOf(place.getFileName())), StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.sync(plugins);
    return true;
  }

  private static Optional<String> version(Path folder) {
    try {
      return Optional.of(
          DescriptorReader.read(Files.readString(folder.resolve(PluginDescriptor.FILE)))
              .version()
              .toString());
    } catch (IOException | PluginRefusedException unreadable) {
      return Optional.empty(); // It is on its way out, and only its name is told.
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList();
    }
  }

  private static void deleteWorkFolders(Path plugins) throws IOException {
    delete(plugins.resolve(STAGING));
    delete(plugins.resolve(OLD));
    Files.deleteIfExists(plugins.resolve(NEXT)); // Empty: what stood there is in its place.
  }

  private static void delete(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** The innermost first. */
  private static void forceFolders(Path tree) throws IOException {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path folder : paths.filter(Files::isDirectory).toList().reversed()) {
        DurableFiles.sync(folder);
      }
    }
  }
}
