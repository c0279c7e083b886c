// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.store.HeadRow;
import dev.holdfast.spi.placement.ClusterMap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges the listings of all members in the order of the keys' UTF-8 bytes. Each member lists the
 * heads that it knows, tombstones too; of a key's rows the one with the highest revision is right.
 */
final class ObjectLister {
  private static final Logger log = LoggerFactory.getLogger(ObjectLister.class);
  private static final int PAGE = Replica.HEADS_PAGE;

  private final ClusterView cluster;
  private final Replicas replicas;
  private final Executor askers = Executors.newVirtualThreadPerTaskExecutor();

  ObjectLister(ClusterView cluster, Replicas replicas) {
    this.cluster = cluster;
    this.replicas = replicas;
  }

  /**
   * @param delimiter empty for none: keys that share what is before its next occurrence are one
   *     common prefix
   * @param after list what comes after this key or prefix
   */
  record Query(String prefix, String delimiter, String after, int limit) {}

  /**
   * @param next pass it as {@code after}; empty when this was all
   * @param unreachable members that could not be asked: what only they know is missing
   */
  record Page(
      List<HeadRow> objects,
      List<String> prefixes,
      Optional<String> next,
      List<String> unreachable) {
    boolean isComplete() {
      return unreachable.isEmpty();
    }
  }

  Page list(Query query) {
    byte[] prefix = utf8(query.prefix());
    byte[] from = from(query);
    List<Cursor> cursors = new ArrayList<>();
    Map<String, Boolean> unreachable = new ConcurrentHashMap<>();
    for (ClusterMap.Node node : cluster.map().nodes()) {
      cursors.add(new Cursor(node.id(), prefix, from, unreachable));
    }
    List<HeadRow> objects = new ArrayList<>();
    List<String> prefixes = new ArrayList<>();
    String last = null;
    boolean more = false;
    while (true) {
      HeadRow row = next(cursors);
      if (row == null) {
        break;
      }
      if (row.deleted()) {
        continue;
      }
      if (objects.size() + prefixes.size() >= query.limit()) {
        more = true;
        break;
      }
      Optional<String> common = commonPrefix(query, row.key().value());
      if (common.isPresent()) {
        prefixes.add(common.get());
        last = common.get();
        byte[] beyond = beyond(utf8(common.get()));
        cursors.forEach(cursor -> cursor.skipTo(beyond));
      } else {
        objects.add(row);
        last = row.key().value();
      }
    }
    return new Page(
        objects,
        prefixes,
        more ? Optional.ofNullable(last) : Optional.empty(),
        unreachable.keySet().stream().sorted().toList());
  }

  /** The newest row of the smallest key, which all cursors leave behind. */
  private @Nullable HeadRow next(List<Cursor> cursors) {
    List<CompletableFuture<Void>> fills =
        cursors.stream()
            .filter(Cursor::isEmpty)
            .map(cursor -> CompletableFuture.runAsync(cursor::fill, askers))
            .toList();
    fills.forEach(CompletableFuture::join);
    HeadRow best = null;
    for (Cursor cursor : cursors) {
      HeadRow row = cursor.peek();
      if (row != null && (best == null || isBetter(row, best))) {
        best = row;
      }
    }
    if (best != null) {
      for (Cursor cursor : cursors) {
        cursor.drop(best);
      }
    }
    return best;
  }

  private static boolean isBetter(HeadRow row, HeadRow best) {
    int order = row.key().compareTo(best.key());
    return order < 0 || (order == 0 && row.revision() > best.revision());
  }

  private static Optional<String> commonPrefix(Query query, String key) {
    if (query.delimiter().isEmpty()) {
      return Optional.empty();
    }
    int at = key.indexOf(query.delimiter(), query.prefix().length());
    return at < 0
        ? Optional.empty()
        : Optional.of(key.substring(0, at + query.delimiter().length()));
  }

  private static byte[] from(Query query) {
    if (query.after().isEmpty()) {
      return new byte[0];
    }
    boolean isPrefixOfThisListing =
        query.after().startsWith(query.prefix())
            && commonPrefix(query, query.after()).filter(query.after()::equals).isPresent();
    byte[] after = utf8(query.after());
    return isPrefixOfThisListing ? beyond(after) : Arrays.copyOf(after, after.length + 1);
  }

  /** The first bytes that are after everything that begins with these; UTF-8 never has 0xff. */
  private static byte[] beyond(byte[] prefix) {
    byte[] beyond = Arrays.copyOf(prefix, prefix.length + 1);
    beyond[prefix.length] = (byte) 0xff;
    return beyond;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Where the merge stands in one member's listing. */
  private final class Cursor {
    private final String node;
    private final byte[] prefix;
    private final Map<String, Boolean> unreachable;
    private final Deque<HeadRow> rows = new ArrayDeque<>();
    private byte[] from;
    private boolean ended;

    Cursor(String node, byte[] prefix, byte[] from, Map<String, Boolean> unreachable) {
      this.node = node;
      this.prefix = prefix;
      this.from = from;
      this.unreachable = unreachable;
    }

    boolean isEmpty() {
      return rows.isEmpty() && !ended;
    }

    void fill() {
      try {
        if (!node.equals(cluster.self()) && !cluster.healthy().contains(node)) {
          throw new PeerException(node + " is down", null);
        }
        List<HeadRow> page = replicas.of(node).heads(prefix, from, PAGE);
        rows.addAll(page);
        ended = page.size() < PAGE;
        if (!page.isEmpty()) {
          byte[] last = page.getLast().key().utf8();
          from = Arrays.copyOf(last, last.length + 1);
        }
      } catch (PeerException e) {
        log.debug("Cannot list {}", node, e);
        unreachable.put(node, true);
        ended = true;
      }
    }

    @Nullable HeadRow peek() {
      return rows.peek();
    }

    void drop(HeadRow done) {
      HeadRow first = rows.peek();
      if (first != null && first.key().equals(done.key())) {
        rows.remove();
      }
    }

    void skipTo(byte[] place) {
      while (!rows.isEmpty() && Arrays.compareUnsigned(rows.element().key().utf8(), place) < 0) {
        rows.remove();
      }
      if (Arrays.compareUnsigned(from, place) < 0) {
        from = place;
      }
    }
  }
}
