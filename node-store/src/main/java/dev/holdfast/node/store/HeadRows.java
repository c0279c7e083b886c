// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listing: the newest head of each key that this node knows of. */
final class HeadRows {
  private static final Logger log = LoggerFactory.getLogger(HeadRows.class);

  private final ListingTrie trie;

  HeadRows(ListingTrie trie) {
    this.trie = trie;
  }

  @Nullable HeadRow get(Rows rows, ObjectKey key) {
    byte[] row = trie.get(rows, key.utf8());
    return row == null ? null : decode(row);
  }

  /** Null when it is unreadable: of an earlier version without a checksum, and damaged. */
  private static @Nullable HeadRow decode(byte[] row) {
    try {
      return HeadRow.decode(row);
    } catch (UnreadableEntryException | IllegalArgumentException e) {
      log.error("A row of the listing is unreadable: the next comparison makes it again", e);
      return null;
    }
  }

  /**
   * @param revision at which it became the head, 0 when it is only an ancestor of the head
   */
  void move(Change change, VersionRecord version, VersionId id, long revision) {
    if (revision <= 0) {
      return;
    }
    HeadRow current = get(change, version.key());
    // Confirmations may come in any order.
    if (current == null || current.revision() < revision) {
      trie.put(change, version.key().utf8(), HeadRow.of(version, id, revision).encode());
    }
  }

  /**
   * A key of which nothing is confirmed is listed with its last provisional version, at revision 0.
   */
  void showUnconfirmed(Change change, VersionRecord version, VersionId id) {
    HeadRow current = get(change, version.key());
    if (current == null || !current.isConfirmed()) {
      trie.put(change, version.key().utf8(), HeadRow.of(version, id, 0).encode());
    }
  }

  /** The key is listed no longer. */
  void remove(Change change, ObjectKey key) {
    trie.remove(change, key.utf8());
  }

  List<HeadRow> list(Rows now, byte[] prefix, byte[] from, int limit) {
    byte[] start = Arrays.compareUnsigned(prefix, from) > 0 ? prefix : from;
    List<HeadRow> rows = new ArrayList<>();
    trie.walk(
        now,
        start,
        (key, value) -> {
          if (rows.size() >= limit || !Lmdb.startsWith(key, prefix)) {
            return false;
          }
          HeadRow row = decode(value);
          return row == null || rows.add(row);
        });
    return rows;
  }
}
