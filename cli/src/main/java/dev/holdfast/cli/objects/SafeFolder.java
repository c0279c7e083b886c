package dev.holdfast.cli.objects;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * A folder that nothing is written out of: each name is checked part by part, and no link on the
 * way is followed. Files appear whole: written beside their place, then renamed.
 */
final class SafeFolder {
  private final Path root;

  /** Makes the folder if it is not there. A link to a folder is fine: the user named it. */
  SafeFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
    }
    this.root = folder.toRealPath();
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

  static List<String> parts(String name) throws RefusedException {
    List<String> parts = Arrays.asList(name.split("/", -1));
    for (String part : parts) {
      if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\0') >= 0) {
        throw new RefusedException("its name would lead out of the folder");
      }
    }
    return parts;
  }

  Path root() {
    return root;
  }

  Path path(List<String> parts) {
    return root.resolve(String.join("/", parts));
  }

  /** Makes the folder and those above it, as far as they are missing. */
  Path makeFolder(List<String> parts) throws IOException, RefusedException {
    Path at = root;
    for (String part : parts) {
      at = at.resolve(part);
      try {
        Files.createDirectory(at);
      } catch (FileAlreadyExistsException e) {
        if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
          throw new RefusedException(
              root.relativize(at) + " is " + (Files.isSymbolicLink(at) ? "a link" : "a file"));
        }
      }
    }
    return at;
  }

  /** Writes the file beside its place; the caller moves it there or drops it. */
  Path write(List<String> parts, Writer writer) throws IOException, RefusedException {
    Path fresh = fresh(parts);
    boolean whole = false;
    try (OutputStream out =
        Files.newOutputStream(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      writer.writeTo(out);
      whole = true;
    } finally {
      if (!whole) {
        Files.deleteIfExists(fresh);
      }
    }
    return fresh;
  }

  Path writeLink(List<String> parts, String target) throws IOException, RefusedException {
    return Files.createSymbolicLink(fresh(parts), Path.of(target));
  }

  private Path fresh(List<String> parts) throws IOException, RefusedException {
    Path folder = makeFolder(parts.subList(0, parts.size() - 1));
    return folder.resolve(".holdfast-" + UUID.randomUUID() + ".part");
  }

  /** A link that is in the way is replaced, never followed. */
  void moveIntoPlace(Path fresh, List<String> parts) throws IOException, RefusedException {
    Path place = path(parts);
    if (Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(fresh);
      throw new RefusedException("a folder of that name is in the way");
    }
    Files.move(fresh, place, StandardCopyOption.ATOMIC_MOVE);
  }
}
