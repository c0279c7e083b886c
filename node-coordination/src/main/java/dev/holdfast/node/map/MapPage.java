// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import dev.holdfast.core.Keys;
import dev.holdfast.core.map.MapValue;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some entries of a map in the order of their keys.
 *
 * @param revision applied when the page was begun
 * @param more whether entries may follow the last one
 */
public record MapPage(List<Item> items, long revision, boolean more) {
  /** Entries of the first read: all values may be large, and a page is limited in bytes. */
  private static final int FIRST_PIECE = 8;

  private static final int PIECE_MAX = 64;

  private static final int ITEM_OVERHEAD_BYTES = 64;

  public MapPage {
    items = List.copyOf(items);
  }

  /**
   * @param value as it was given; nobody writes to it
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Item(String key, long version, byte[] value) {}

  /**
   * @param after the last key of the page before, empty for the first
   * @param limit of entries
   * @param values whether the values are wanted
   * @param sizeBytesMax of keys and values; one entry comes in any case
   */
  public record Query(
      String map, String prefix, String after, int limit, boolean values, int sizeBytesMax) {}

  static MapPage read(Coordinator coordinator, Query query, Duration timeout) {
    String entries = Keys.entriesOf(query.map());
    EntryKey after = query.after().isEmpty() ? null : Keys.mapEntry(query.map(), query.after());
    List<Item> items = new ArrayList<>();
    long sizeBytes = 0;
    long revision = -1;
    while (true) {
      int piece = Math.min(piece(items.size(), sizeBytes, query), query.limit() - items.size());
      Coordinator.Page page =
          scan(coordinator, entries + query.prefix(), after, piece, revision, timeout);
      revision = revision < 0 ? page.revision() : revision;
      for (Entry entry : page.entries()) {
        Item item = item(entry, entries.length(), query.values());
        sizeBytes += ITEM_OVERHEAD_BYTES + 3L * item.key().length() + item.value().length;
        if (!items.isEmpty() && sizeBytes > query.sizeBytesMax()) {
          return new MapPage(items, revision, true);
        }
        items.add(item);
      }
      after = page.next();
      if (after == null || items.size() >= query.limit()) {
        return new MapPage(items, revision, after != null);
      }
    }
  }

  /** As many as fit into the page if they are as large as those so far. */
  private static int piece(int items, long sizeBytes, Query query) {
    if (items == 0) {
      return FIRST_PIECE;
    }
    long left = (query.sizeBytesMax() - sizeBytes) * items / sizeBytes;
    return Math.clamp(left + 1, 1, PIECE_MAX);
  }

  private static Coordinator.Page scan(
      Coordinator coordinator,
      String prefix,
      @Nullable EntryKey after,
      int limit,
      long begun,
      Duration timeout) {
    return begun < 0
        ? coordinator.scan(prefix, after, limit, timeout)
        : coordinator.scanLocal(prefix, after, limit);
  }

  private static Item item(Entry entry, int prefixLength, boolean withValue) {
    return new Item(
        entry.key().value().substring(prefixLength),
        entry.version(),
        withValue ? MapValue.decode(entry.value()) : new byte[0]);
  }
}
