// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Merges sorted overlays over the sorted entries of LMDB; the newest layer wins. */
final class ScanMerge {
  private ScanMerge() {}

  /**
   * @param overlays newest first
   * @param prefix of full keys
   * @param limit of entries in the result; a shorter result means that there are no more
   */
  static List<Slot> merge(
      LmdbTable.View view,
      List<Overlay> overlays,
      Bytes prefix,
      Bytes from,
      boolean inclusive,
      int limit) {
    Bytes storedPrefix = StoredKey.prefix(prefix);
    List<Layer> layers = new ArrayList<>();
    for (Overlay overlay : overlays) {
      layers.add(new Layer(overlay.from(from, inclusive), storedPrefix));
    }
    layers.add(new Layer(new Pages(view, storedPrefix, from, inclusive, limit), storedPrefix));
    List<Slot> page = new ArrayList<>();
    while (page.size() < limit) {
      Bytes smallest = null;
      for (Layer layer : layers) {
        Bytes key = layer.key();
        if (key != null && (smallest == null || key.compareTo(smallest) < 0)) {
          smallest = key;
        }
      }
      if (smallest == null) {
        break;
      }
      Slot newest = null;
      for (Layer layer : layers) {
        Bytes key = layer.key();
        if (key != null && key.equals(smallest)) {
          Slot slot = layer.take();
          newest = newest == null ? slot : newest;
        }
      }
      if (newest != null && newest.isPresent() && newest.key().startsWith(prefix)) {
        page.add(newest);
      }
    }
    return page;
  }

  private static final class Layer {
    private final Iterator<Map.Entry<Bytes, Slot>> entries;
    private final Bytes storedPrefix;
    private Map.@Nullable Entry<Bytes, Slot> head;

    Layer(Iterator<Map.Entry<Bytes, Slot>> entries, Bytes storedPrefix) {
      this.entries = entries;
      this.storedPrefix = storedPrefix;
      step();
    }

    @Nullable Bytes key() {
      return head == null ? null : head.getKey();
    }

    Slot take() {
      Map.Entry<Bytes, Slot> taken = head;
      if (taken == null) {
        throw new IllegalStateException("The layer has ended");
      }
      step();
      return taken.getValue();
    }

    private void step() {
      head = entries.hasNext() ? entries.next() : null;
      if (head != null && !head.getKey().startsWith(storedPrefix)) {
        head = null;
      }
    }
  }

  /** The entries of LMDB, fetched a page at a time. */
  private static final class Pages implements Iterator<Map.Entry<Bytes, Slot>> {
    private final LmdbTable.View view;
    private final Bytes storedPrefix;
    private final int pageSize;
    private Iterator<Map.Entry<Bytes, Slot>> page;
    private Bytes last;
    private boolean ended;

    Pages(LmdbTable.View view, Bytes storedPrefix, Bytes from, boolean inclusive, int pageSize) {
      this.view = view;
      this.storedPrefix = storedPrefix;
      this.pageSize = pageSize + 1;
      this.last = from;
      this.page = fetch(inclusive);
    }

    private Iterator<Map.Entry<Bytes, Slot>> fetch(boolean inclusive) {
      List<Map.Entry<Bytes, Slot>> fetched = view.entries(last, inclusive, storedPrefix, pageSize);
      ended = fetched.size() < pageSize;
      if (!fetched.isEmpty()) {
        last = fetched.getLast().getKey();
      }
      return fetched.iterator();
    }

    @Override
    public boolean hasNext() {
      if (!page.hasNext() && !ended) {
        page = fetch(false);
      }
      return page.hasNext();
    }

    @Override
    public Map.Entry<Bytes, Slot> next() {
      return page.next();
    }
  }
}
