// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.FolderDownload.Item;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which files of a folder were one file with several names. Each name has an object with all of the
 * bytes, so that it can be read by itself; only names whose objects say the same in everything
 * become one file again.
 */
final class HardLinks {
  private final List<Item> first = new ArrayList<>();
  private final List<Further> further = new ArrayList<>();
  private long split;

  private HardLinks() {}

  /** A further name of a file. */
  record Further(Item item, Item first) {}

  private record Group(FileFacts facts, @Nullable String sha256, long size) {}

  /** The file system has no hard links, or does not want this one. */
  static final class Unsupported extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unsupported(Exception cause) {
      super(cause);
    }
  }

  static HardLinks of(List<Item> files) {
    HardLinks links = new HardLinks();
    Map<Group, Item> groups = new HashMap<>();
    for (Item item : files) {
      FileFacts facts = item.facts().orElse(null);
      Item known =
          facts == null || facts.hardLink().isEmpty()
              ? null
              : groups.putIfAbsent(
                  new Group(facts, item.info().sha256(), item.info().size()), item);
      if (known == null) {
        links.first.add(item);
      } else {
        links.further.add(new Further(item, known));
      }
    }
    return links;
  }

  /** Files to fetch. */
  List<Item> first() {
    return List.copyOf(first);
  }

  /** Names to add, once those are there. */
  List<Further> further() {
    return List.copyOf(further);
  }

  void countSplit() {
    split++;
  }

  /** How many names became files of their own. */
  long split() {
    return split;
  }
}
