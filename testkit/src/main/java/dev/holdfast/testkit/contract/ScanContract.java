// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static dev.holdfast.testkit.contract.ContractScript.delete;
import static dev.holdfast.testkit.contract.ContractScript.put;
import static dev.holdfast.testkit.contract.ContractScript.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Coordinator.Page;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Pages of keys with a prefix. Their order is the backend's own and is not tested. */
interface ScanContract extends ContractScript {
  int KEYS = 1_100;

  /** Walks all pages, and checks each of them. */
  static List<Entry> allPages(Function<@Nullable EntryKey, Page> scan, String prefix, int limit) {
    List<Entry> all = new ArrayList<>();
    Set<EntryKey> seen = new HashSet<>();
    EntryKey after = null;
    do {
      Page page = scan.apply(after);
      assertThat(page.entries().size()).isLessThanOrEqualTo(limit);
      for (Entry entry : page.entries()) {
        assertThat(entry.key().startsWith(prefix)).as("%s is below %s", entry, prefix).isTrue();
        assertThat(seen.add(entry.key())).as("%s is told once", entry.key()).isTrue();
        all.add(entry);
      }
      after = page.next();
    } while (after != null);
    return all;
  }

  /** Puts the keys, as many in one transaction as fit. */
  default void putAll(Coordinator node, List<EntryKey> keys) {
    for (int from = 0; from < keys.size(); from += Transaction.CHANGES_MAX) {
      int to = Math.min(keys.size(), from + Transaction.CHANGES_MAX);
      List<Change> changes =
          keys.subList(from, to).stream()
              .map(key -> put(key, "of " + key.value().length()))
              .toList();
      committed(node, changes.toArray(Change[]::new));
    }
  }

  default List<EntryKey> keys(String start, int count) {
    List<EntryKey> keys = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      keys.add(key(start + i));
    }
    return keys;
  }

  @Test
  default void tellsEveryKeyOfAPrefixOnce() {
    List<EntryKey> keys = keys("k", KEYS);
    putAll(first(), keys);

    for (int limit : List.of(7, 100, KEYS - 1, KEYS, KEYS + 1, 10_000)) {
      List<Entry> all = scanAll(node(limit), prefix() + "k", limit);
      assertThat(all).extracting(Entry::key).containsExactlyInAnyOrderElementsOf(keys);
    }
  }

  @Test
  default void tellsLongKeysThatShareALongPrefix() {
    List<EntryKey> keys = keys("p".repeat(600) + "/" + "s".repeat(300), KEYS);
    putAll(first(), keys);

    List<Entry> all = scanAll(node(1), prefix() + "p".repeat(600), 100);
    List<Entry> some = scanAll(node(1), keys.get(11).value(), 3);

    assertThat(all).extracting(Entry::key).containsExactlyInAnyOrderElementsOf(keys);
    assertThat(some).extracting(Entry::key).contains(keys.get(11), keys.get(110)).hasSize(11);
  }

  @Test
  default void keepsToThePrefix() {
    List<EntryKey> below =
        List.of(key("a/b"), key("a/b/c"), key("a/bc"), key("a/b\u0001"), key("a/b𝄞"), key("a/bÿ"));
    List<EntryKey> beside =
        List.of(key("a"), key("a/"), key("a/a"), key("a/c"), key("A/b"), key("a0"));
    putAll(first(), below);
    putAll(first(), beside);

    assertThat(scanAll(first(), prefix() + "a/b", 2))
        .extracting(Entry::key)
        .containsExactlyInAnyOrderElementsOf(below);
    assertThat(scanAll(first(), prefix() + "none", 2)).isEmpty();
    assertThat(scanAll(first(), prefix(), 3)).hasSize(below.size() + beside.size());
  }

  @Test
  default void seesFromAnyNodeWhatWasJustAcknowledgedInAScan() {
    for (int i = 0; i < 40; i++) {
      long revision = committed(node(i), put(key("k" + i), "x"), delete(key("k" + (i - 5))));

      Page page = node(i + 1).scan(prefix(), null, 100, deadline());

      assertThat(page.revision()).isGreaterThanOrEqualTo(revision);
      assertThat(page.entries()).hasSize(Math.min(i + 1, 5));
      assertThat(page.entries()).extracting(Entry::key).contains(key("k" + i));
    }
  }

  @Test
  default void scansLocallyOnceApplied() {
    List<EntryKey> keys = keys("k", 250);
    putAll(first(), keys);
    for (int i = 0; i < backend().nodes(); i++) {
      Coordinator node = node(i);
      await(
          "node " + i + " applies all",
          () -> node.scanLocal(prefix(), null, 10_000).entries().size() == keys.size());

      List<Entry> all = allPages(after -> node.scanLocal(prefix(), after, 60), prefix(), 60);

      assertThat(all).extracting(Entry::key).containsExactlyInAnyOrderElementsOf(keys);
    }
  }

  @Test
  default void missesNothingWhileOthersWrite() {
    List<EntryKey> stable = keys("stable", 400);
    putAll(first(), stable);
    AtomicBoolean done = new AtomicBoolean();
    inParallel(
        3,
        number -> {
          if (number == 0) {
            for (int round = 0; round < 8; round++) {
              List<Entry> all = scanAll(node(round), prefix(), 50);
              assertThat(all).extracting(Entry::key).containsAll(stable);
            }
            done.set(true);
            return;
          }
          for (int i = 0; !done.get(); i++) {
            EntryKey volatileKey = key("stable" + (i % 400) + "-volatile" + number);
            committed(node(i), put(volatileKey, "x"), put(stable.get(i % 400), "rewritten"));
            committed(node(i + 1), delete(volatileKey));
          }
        });

    List<Entry> all = scanAll(node(1), prefix(), 50);
    assertThat(all).hasSize(stable.size());
    assertThat(all).allSatisfy(entry -> assertThat(text(entry)).isNotEmpty());
  }

  @Test
  default void refusesLimitsOutOfRange() {
    assertThatThrownBy(() -> first().scan(prefix(), null, 0, deadline()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> first().scanLocal(prefix(), null, 10_001))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
