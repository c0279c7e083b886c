// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * A folder that nothing is written out of: each name is checked part by part, and each time
 * something is written the folders on its way are looked at on the disk; a link among them is not
 * followed. Files appear whole: written beside their place, then renamed. Whatever is made is for
 * its owner alone until it has its own mode. Safe for any number of threads.
 */
final class SafeFolder implements AutoCloseable {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ALONE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path root;
  private final PartFiles parts;
  private final Set<Path> visited = ConcurrentHashMap.newKeySet();
  private final Set<Path> withoutMode = ConcurrentHashMap.newKeySet();
  private final LongAdder leftBehind = new LongAdder();
  private volatile int fileMode = -1;

  /**
   * Makes the folder if it is not there. A link to a folder is fine: the user named it.
   *
   * @throws RefusedException when something else is there
   */
  SafeFolder(Path folder, InstantSource clock) throws IOException, RefusedException {
    if (!Files.isDirectory(folder)) {
      try {
        Files.createDirectories(folder);
      } catch (FileAlreadyExistsException e) {
        throw new RefusedException("it is " + Refusals.kindOf(folder) + ", not a folder");
      }
    }
    this.root = folder.toRealPath();
    this.parts = new PartFiles(clock);
  }

  /** Why a name or a link is not written. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    RefusedException(String reason) {
      super(reason);
    }
  }

  /** What writes the bytes of a file. */
  interface Writer {
    void writeTo(OutputStream out) throws IOException;
  }

  /** What a file gets before it takes its place. */
  interface Finish {
    void apply(Path fresh) throws IOException;
  }

  List<String> split(String name) throws RefusedException {
    List<String> all = Arrays.asList(name.split("/", -1));
    for (String part : all) {
      if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\0') >= 0) {
        throw new RefusedException("its name would lead out of the folder");
      }
    }
    try {
      path(all);
    } catch (InvalidPathException e) {
      throw new RefusedException("no file can have this name here: " + e.getReason());
    }
    return all;
  }

  Path root() {
    return root;
  }

  /** How many parts of killed processes were removed. */
  long leftBehind() {
    return leftBehind.sum();
  }

  Path path(List<String> all) {
    return root.resolve(String.join("/", all));
  }

  /** Makes the folder and those above it, as far as they are missing. */
  Path makeFolder(List<String> all) throws IOException, RefusedException {
    Path at = root;
    for (String part : all) {
      at = at.resolve(part);
      if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
        make(at);
      }
    }
    return at;
  }

  private void make(Path folder) throws IOException, RefusedException {
    try {
      Files.createDirectory(folder, OWNER_ALONE);
      withoutMode.add(folder);
      visited.add(folder);
    } catch (FileAlreadyExistsException e) {
      // Another thread may have been faster.
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        throw new RefusedException(root.relativize(folder) + " is " + Refusals.kindOf(folder));
      }
    }
  }

  /** Gives a folder what its object says. */
  void finishFolder(Path folder, Finish finish) throws IOException {
    finish.apply(folder);
    withoutMode.remove(folder);
  }

  /** Gives the folders that no object describes the mode of a new one. */
  void finishFolders() throws IOException {
    if (withoutMode.isEmpty()) {
      return;
    }
    int file = fileMode();
    int mode = file | (file & 0444) >> 2; // As umask leaves it: who may read may also enter.
    for (Path folder : withoutMode.stream().sorted(Comparator.reverseOrder()).toList()) {
      FileFacts.setMode(folder, mode | (FileFacts.mode(folder) & FileFacts.SET_GROUP_ID));
    }
    withoutMode.clear();
  }

  /** Writes a file beside its place, finishes it, and lets it take its place. */
  void writeFile(List<String> all, Writer writer, Finish finish)
      throws IOException, RefusedException {
    Path folder = parent(all);
    requireReplaceable(all);
    PartFiles.Opened part = parts.make(folder, PartFiles::open);
    try {
      try (OutputStream out = new SparseFile(part.channel())) {
        writer.writeTo(out);
      }
      finish.apply(part.path());
      moveIntoPlace(part.path(), all);
    } finally {
      parts.discard(part.path());
    }
  }

  /** What a file gets that no object describes: the mode of a new file. */
  void finishAsNew(Path fresh) throws IOException {
    FileFacts.setMode(fresh, fileMode());
  }

  void writeLink(List<String> all, String target, Finish finish)
      throws IOException, RefusedException {
    place(all, part -> Files.createSymbolicLink(part, Path.of(target)), finish);
  }

  /** A second name for a file that was written here. */
  void writeHardLink(List<String> all, List<String> existing) throws IOException, RefusedException {
    parent(existing);
    Path file = path(existing);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new RefusedException("the file that it is a link to is not there");
    }
    place(all, part -> hardLink(part, file), fresh -> {});
  }

  private static Path hardLink(Path part, Path file) throws IOException {
    try {
      return Files.createLink(part, file);
    } catch (UnsupportedOperationException e) {
      throw new HardLinks.Unsupported(e);
    } catch (FileSystemException e) {
      if (FileFault.endsAll(e)) {
        throw e;
      }
      throw new HardLinks.Unsupported(e);
    }
  }

  private void place(List<String> all, PartFiles.Maker<Path> maker, Finish finish)
      throws IOException, RefusedException {
    Path folder = parent(all);
    requireReplaceable(all);
    Path fresh = parts.make(folder, maker);
    try {
      finish.apply(fresh);
      moveIntoPlace(fresh, all);
    } finally {
      parts.discard(fresh);
    }
  }

  /** The folder of a file; what killed processes left there goes. */
  private Path parent(List<String> all) throws IOException, RefusedException {
    Path folder = makeFolder(all.subList(0, all.size() - 1));
    if (visited.add(folder)) {
      leftBehind.add(parts.removeLeftBehind(folder));
    }
    return folder;
  }

  /** Files and links are replaced, a link never followed; nothing else is. */
  private void requireReplaceable(List<String> all) throws RefusedException {
    Path place = path(all);
    boolean replaceable =
        !Files.exists(place, LinkOption.NOFOLLOW_LINKS)
            || Files.isSymbolicLink(place)
            || Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS);
    if (!replaceable) {
      throw new RefusedException(Refusals.kindOf(place) + " of that name is in the way");
    }
  }

  /** Looks at the disk again: writing the part may have taken long. */
  private void moveIntoPlace(Path fresh, List<String> all) throws IOException, RefusedException {
    makeFolder(all.subList(0, all.size() - 1));
    requireReplaceable(all);
    Files.move(fresh, path(all), StandardCopyOption.ATOMIC_MOVE);
    parts.moved(fresh);
  }

  /** The JDK does not know the umask: a file that is made without a mode shows it. */
  private int fileMode() throws IOException {
    if (fileMode < 0) {
      Path probe = parts.make(root, part -> Files.createFile(part));
      try {
        fileMode = FileFacts.mode(probe);
      } finally {
        parts.discard(probe);
      }
    }
    return fileMode;
  }

  @Override
  public void close() {
    parts.close();
  }
}
