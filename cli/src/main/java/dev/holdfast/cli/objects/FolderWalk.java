// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.LinkCheck.Place;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Finds what is to be stored of a folder; follows no link. An entry that cannot be looked at is
 * named, and the walk goes on.
 */
final class FolderWalk {
  private final Path root;
  private final Choice choice;
  private final List<Item> items = new ArrayList<>();
  private final Refusals refused = new Refusals();
  private final Map<UnixFile.Inode, List<Integer>> linked = new HashMap<>();
  private long partsPassedOver;

  private FolderWalk(Path root, Choice choice) {
    this.root = root;
    this.choice = choice;
  }

  /** What happens to a link that leads out of the folder. Named as on the command line. */
  enum OutsideLinks {
    refuse,
    copy,
    skip,
    keep
  }

  record Choice(OutsideLinks outsideLinks, Excludes excludes) {}

  /**
   * @param name relative to the folder, with slashes; empty for the folder itself
   */
  record Item(String name, FileFacts facts, Content content) {
    Item below(String folder) {
      return new Item(KeyPrefix.key(folder, name), facts, content);
    }
  }

  /**
   * @param refused what was left out though it was asked for, and why
   * @param partsPassedOver how many unfinished downloads of this program were left out
   */
  record Found(List<Item> items, List<Refusals.Refusal> refused, long partsPassedOver) {
    Found {
      items = List.copyOf(items);
      refused = List.copyOf(refused);
    }
  }

  static Found walk(Path folder, Choice choice) throws IOException {
    FolderWalk walk = new FolderWalk(folder, choice);
    Files.walkFileTree(folder, walk.visitor());
    walk.markHardLinks();
    return new Found(walk.items, walk.refused.list(), walk.partsPassedOver);
  }

  private SimpleFileVisitor<Path> visitor() {
    return new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
        if (isLeftOut(path)) {
          return FileVisitResult.SKIP_SUBTREE;
        }
        add(path);
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
        if (!isLeftOut(path)) {
          add(path);
        }
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFileFailed(Path path, IOException e) {
        if (!isLeftOut(path)) {
          refused.add(name(path), "it cannot be read: " + FileFault.reason(e));
        }
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult postVisitDirectory(Path path, @Nullable IOException e) {
        if (e != null) {
          refused.add(name(path), "it cannot be read to its end: " + FileFault.reason(e));
        }
        return FileVisitResult.CONTINUE;
      }
    };
  }

  private boolean isLeftOut(Path path) {
    if (path.equals(root)) {
      return false;
    }
    if (PartFiles.isPart(Objects.toString(path.getFileName()))) {
      partsPassedOver++;
      return true;
    }
    return choice.excludes().fits(root.relativize(path));
  }

  private String name(Path path) {
    return String.join("/", parts(root.relativize(path)));
  }

  private void add(Path path) {
    String name = name(path);
    if (name.indexOf('\uFFFD') >= 0) {
      refused.add(name, "its name is not UTF-8");
      return;
    }
    try {
      refused.attempt(name, () -> addKind(name, path));
    } catch (IllegalArgumentException e) {
      refused.add(name, "it cannot be kept as it is: " + e.getMessage());
    }
  }

  private void addKind(String name, Path path) throws IOException {
    UnixFile found = UnixFile.read(path, LinkOption.NOFOLLOW_LINKS);
    if (found.kind().isEmpty()) {
      refused.add(name, "neither a file nor a folder nor a link");
      return;
    }
    FileFacts facts = FileFacts.of(found.kind().get(), found);
    switch (facts.kind()) {
      case SYMLINK -> addLink(path, name, facts);
      case FOLDER -> items.add(new Item(name, facts, Content.of("")));
      case FILE -> {
        if (found.names() > 1) {
          linked.computeIfAbsent(found.inode(), inode -> new ArrayList<>()).add(items.size());
        }
        items.add(new Item(name, facts, Content.of(path, found.size(), LinkOption.NOFOLLOW_LINKS)));
      }
    }
  }

  private void addLink(Path path, String name, FileFacts facts) throws IOException {
    String target = Files.readSymbolicLink(path).toString();
    if (target.indexOf('\uFFFD') >= 0) {
      refused.add(name, "the name that it leads to is not UTF-8");
      return;
    }
    Optional<String> fault =
        choice.outsideLinks() == OutsideLinks.keep
            ? Optional.empty()
            : LinkCheck.fault(parts(root.relativize(path)), target, this::placeAt);
    if (fault.isEmpty()) {
      items.add(new Item(name, facts, Content.of(target)));
    } else if (choice.outsideLinks() == OutsideLinks.copy) {
      if (Files.isRegularFile(path)) {
        items.add(new Item(name, FileFacts.ofFile(path), Content.of(path)));
      } else {
        refused.add(name, fault.get() + ", which is no file");
      }
    } else if (choice.outsideLinks() == OutsideLinks.refuse) {
      refused.add(name, fault.get());
    }
  }

  private Place placeAt(List<String> at) {
    return LinkCheck.onDisk(root, at);
  }

  /** All names of a file get the first one, by the alphabet: folders have no order. */
  private void markHardLinks() {
    for (List<Integer> names : linked.values()) {
      String first =
          names.stream().map(i -> items.get(i).name()).sorted().findFirst().orElseThrow();
      for (int i : names) {
        Item item = items.get(i);
        items.set(i, new Item(item.name(), item.facts().linkedTo(first), item.content()));
      }
    }
  }

  private static List<String> parts(Path relative) {
    return StreamSupport.stream(relative.spliterator(), false)
        .map(Path::toString)
        .filter(part -> !part.isEmpty())
        .toList();
  }
}
