// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.FolderDownload.Item;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keys that cannot be files of one folder: {@code a} and {@code a/x}. They come from a folder that
 * became a file, or a file that became a folder, between two {@code put}s. The newer side wins, by
 * the clocks of the nodes. Pure.
 */
final class KeyConflicts {
  private KeyConflicts() {}

  /**
   * @param items what can be restored together
   * @param replaced what a newer file, link or folder has taken the place of
   * @param unclear what lost without a proof that it was replaced
   */
  record Settled(
      List<Item> items, List<Refusals.Refusal> replaced, List<Refusals.Refusal> unclear) {
    Settled {
      items = List.copyOf(items);
      replaced = List.copyOf(replaced);
      unclear = List.copyOf(unclear);
    }
  }

  static Settled settle(List<Item> items) {
    Map<List<String>, Item> leaves = new HashMap<>();
    items.stream()
        .filter(item -> item.kind() != FileKind.FOLDER)
        .forEach(item -> leaves.put(item.parts(), item));
    Map<Item, List<Item>> below = new HashMap<>();
    for (Item item : items) {
      for (int depth = 1; depth < item.parts().size(); depth++) {
        Item leaf = leaves.get(item.parts().subList(0, depth));
        if (leaf != null) {
          below.computeIfAbsent(leaf, l -> new ArrayList<>()).add(item);
        }
      }
    }
    if (below.isEmpty()) {
      return new Settled(items, List.of(), List.of());
    }
    return settle(items, below);
  }

  private static Settled settle(List<Item> items, Map<Item, List<Item>> below) {
    Set<Item> lost = new HashSet<>();
    List<Refusals.Refusal> replaced = new ArrayList<>();
    List<Refusals.Refusal> unclear = new ArrayList<>();
    List<Item> fromTheTop =
        below.keySet().stream().sorted(Comparator.comparingInt(i -> i.parts().size())).toList();
    for (Item leaf : fromTheTop) {
      List<Item> inside =
          below.getOrDefault(leaf, List.of()).stream().filter(i -> !lost.contains(i)).toList();
      if (lost.contains(leaf) || inside.isEmpty()) {
        continue;
      }
      Optional<Instant> newest =
          inside.stream().map(KeyConflicts::time).max(nullsLow()).orElseThrow();
      boolean leafWins = nullsLow().compare(time(leaf), newest) > 0;
      for (Item loser : leafWins ? inside : List.of(leaf)) {
        lost.add(loser);
        String why =
            leafWins
                ? "older than " + leaf.name() + ", which is no folder"
                : "not newer than what is below it";
        boolean proven = leafWins ? leaf.facts().isPresent() : haveFacts(inside);
        (proven ? replaced : unclear).add(new Refusals.Refusal(loser.name(), why));
      }
    }
    return new Settled(
        items.stream().filter(item -> !lost.contains(item)).toList(), replaced, unclear);
  }

  /** What was stored from a file system left no room there for the other side. */
  private static boolean haveFacts(List<Item> items) {
    return items.stream().anyMatch(item -> item.facts().isPresent());
  }

  private static Optional<Instant> time(Item item) {
    @Nullable String modified = item.info().modified();
    try {
      return modified == null ? Optional.empty() : Optional.of(Instant.parse(modified));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Comparator<Optional<Instant>> nullsLow() {
    return Comparator.comparing(time -> time.orElse(Instant.MIN));
  }
}
