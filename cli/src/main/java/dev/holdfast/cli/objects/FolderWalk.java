package dev.holdfast.cli.objects;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Finds what is to be stored of a folder; follows no link. */
final class FolderWalk {
  private final Path root;
  private final OutsideLinks outsideLinks;
  private final List<Item> items = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();

  private FolderWalk(Path root, OutsideLinks outsideLinks) {
    this.root = root;
    this.outsideLinks = outsideLinks;
  }

  /** What happens to a link that leads out of the folder. Named as on the command line. */
  enum OutsideLinks {
    refuse,
    copy,
    skip
  }

  /**
   * @param name relative to the folder, with slashes; empty for the folder itself
   */
  record Item(String name, FileFacts facts, Content content) {}

  /**
   * @param refused what was left out, and why
   */
  record Found(List<Item> items, List<String> refused) {
    Found {
      items = List.copyOf(items);
      refused = List.copyOf(refused);
    }
  }

  static Found walk(Path folder, OutsideLinks outsideLinks) throws IOException {
    FolderWalk walk = new FolderWalk(folder, outsideLinks);
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes)
              throws IOException {
            walk.add(path);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
              throws IOException {
            walk.add(path);
            return FileVisitResult.CONTINUE;
          }
        });
    return new Found(walk.items, walk.refused);
  }

  private void add(Path path) throws IOException {
    List<String> parts = parts(root.relativize(path));
    String name = String.join("/", parts);
    if (name.indexOf('\uFFFD') >= 0) {
      refused.add(name + ": its name is not UTF-8");
      return;
    }
    Optional<FileFacts> found = FileFacts.of(path);
    if (found.isEmpty()) {
      refused.add(name + ": neither a file nor a folder nor a link");
      return;
    }
    FileFacts facts = found.get();
    switch (facts.kind()) {
      case FILE -> items.add(new Item(name, facts, Content.of(path)));
      case FOLDER -> items.add(new Item(name, facts, Content.of("")));
      case SYMLINK -> addLink(path, parts, facts);
    }
  }

  private void addLink(Path path, List<String> parts, FileFacts facts) throws IOException {
    String name = String.join("/", parts);
    String target = Files.readSymbolicLink(path).toString();
    if (LinkCheck.staysInside(parts, target, at -> linkAt(root, at))) {
      items.add(new Item(name, facts, Content.of(target)));
      return;
    }
    switch (outsideLinks) {
      case skip -> {}
      case refuse -> refused.add(name + ": a link out of the folder, to " + target);
      case copy -> {
        if (Files.isRegularFile(path)) {
          FileFacts copied = FileFacts.of(path.toRealPath()).orElse(facts);
          items.add(new Item(name, copied, Content.of(path)));
        } else {
          refused.add(name + ": a link out of the folder, and not to a file: " + target);
        }
      }
    }
  }

  static Optional<String> linkAt(Path root, List<String> at) {
    Path path = root.resolve(String.join("/", at));
    try {
      return Files.isSymbolicLink(path)
          ? Optional.of(Files.readSymbolicLink(path).toString())
          : Optional.empty();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<String> parts(Path relative) {
    return StreamSupport.stream(relative.spliterator(), false)
        .map(Path::toString)
        .filter(part -> !part.isEmpty())
        .toList();
  }
}
