// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Whether a symbolic link stays inside the folder that it is in, followed as the kernel would:
 * {@code a/..} is not always the folder of {@code a}, since {@code a} may be a link itself. Where
 * {@code a} is not there yet, nobody knows what it will be: such a link counts as one that leads
 * out, so that no later link can change where an earlier one leads to. Pure.
 */
final class LinkCheck {
  /** As in Linux; a longer chain cannot be followed at all. */
  static final int MOST_HOPS = 40;

  private LinkCheck() {}

  /** What is at a place of the folder. */
  sealed interface Place {
    record Link(String target) implements Place {}

    record Folder() implements Place {}

    /** Nothing, or what has nothing below it. */
    record Leaf() implements Place {}
  }

  /**
   * @param link where the link is, relative to the folder; the folders above it are none
   * @param target as written in the link
   * @param placeAt what is at a place in the folder
   * @return why it is refused, or empty when it stays inside
   */
  static Optional<String> fault(
      List<String> link, String target, Function<List<String>, Place> placeAt) {
    if (target.isEmpty() || target.indexOf('\0') >= 0) {
      return Optional.of("a link to no name that a file can have");
    }
    Optional<String> out = Optional.of("a link out of the folder, to " + target);
    if (target.startsWith("/")) {
      return out;
    }
    List<String> at = new ArrayList<>(link.subList(0, link.size() - 1));
    Deque<String> ahead = new ArrayDeque<>(parts(target));
    Place here = new Place.Folder();
    int hops = 0;
    while (!ahead.isEmpty()) {
      String part = ahead.removeFirst();
      if (part.isEmpty() || part.equals(".")) {
        continue;
      }
      if (part.equals("..")) {
        if (!(here instanceof Place.Folder)) {
          return Optional.of("a link up from what is no folder, to " + target);
        }
        if (at.isEmpty()) {
          return out;
        }
        at.removeLast();
        continue;
      }
      at.add(part);
      here = placeAt.apply(List.copyOf(at));
      if (here instanceof Place.Link next) {
        if (next.target().startsWith("/")) {
          return out;
        }
        if (++hops > MOST_HOPS) {
          return ahead.contains("..") ? out : Optional.empty();
        }
        at.removeLast();
        parts(next.target()).reversed().forEach(ahead::addFirst);
        here = new Place.Folder();
      }
    }
    return Optional.empty();
  }

  /** What the disk has at a place. A link that cannot be read may lead anywhere. */
  static Place onDisk(Path root, List<String> at) {
    Path path = root.resolve(String.join("/", at));
    if (Files.isSymbolicLink(path)) {
      try {
        return new Place.Link(Files.readSymbolicLink(path).toString());
      } catch (IOException e) {
        return new Place.Link("/");
      }
    }
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        ? new Place.Folder()
        : new Place.Leaf();
  }

  private static List<String> parts(String path) {
    return Arrays.asList(path.split("/"));
  }
}
