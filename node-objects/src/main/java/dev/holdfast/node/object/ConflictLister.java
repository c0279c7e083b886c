// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.Lineage;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.spi.placement.ClusterMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Merges what all nodes know of branches, a key at a time. Blocking. */
final class ConflictLister {
  private static final Logger log = LoggerFactory.getLogger(ConflictLister.class);

  private final ClusterView cluster;
  private final Reach reach;
  private final Agreement agreement;
  private final Replicas replicas;
  private final Sights sights;

  ConflictLister(ClusterView cluster, Reach reach, Agreement agreement, Replicas replicas) {
    this.cluster = cluster;
    this.reach = reach;
    this.agreement = agreement;
    this.replicas = replicas;
    this.sights = new Sights(replicas);
  }

  /**
   * @param after the key that the page before ended with
   */
  record Query(String prefix, Optional<ObjectKey> after, int limit) {}

  /**
   * Heads of one key that do not come after each other.
   *
   * @param confirmed empty while nothing is
   */
  record Conflict(ObjectKey key, Optional<VersionId> confirmed, List<VersionRecord> branches) {}

  /**
   * @param next pass it as {@code after}; empty when this was all
   * @param unreachable nodes that could not be asked: what only they know is missing
   */
  record Page(List<Conflict> conflicts, Optional<ObjectKey> next, List<String> unreachable) {}

  Page list(Query query) {
    Set<String> unreachable = new TreeSet<>();
    List<Cursor> cursors = new ArrayList<>();
    Optional<BranchName> from = query.after().map(key -> new BranchName(key, LAST));
    for (ClusterMap.Node node : cluster.map().nodes()) {
      cursors.add(new Cursor(node.id(), from, unreachable));
    }
    List<Conflict> found = new ArrayList<>();
    Optional<ObjectKey> last = Optional.empty();
    for (ObjectKey key = next(cursors); key != null; key = next(cursors)) {
      if (found.size() == query.limit()) {
        return new Page(found, last, List.copyOf(unreachable));
      }
      Map<VersionId, Set<String>> listedBy = new TreeMap<>();
      for (Cursor cursor : cursors) {
        cursor.take(key, listedBy);
      }
      last = Optional.of(key);
      if (key.value().startsWith(query.prefix())) {
        conflict(key, listedBy).ifPresent(found::add);
      }
    }
    return new Page(found, Optional.empty(), List.copyOf(unreachable));
  }

  /** After all versions of a key. */
  private static final VersionId LAST = new VersionId("f".repeat(64));

  private static @Nullable ObjectKey next(List<Cursor> cursors) {
    BranchName least = null;
    for (Cursor cursor : cursors) {
      BranchName name = cursor.peek();
      if (name != null && (least == null || name.compareTo(least) < 0)) {
        least = name;
      }
    }
    return least == null ? null : least.key();
  }

  /** Empty when all of it is one line that is about to be confirmed. */
  private Optional<Conflict> conflict(ObjectKey key, Map<VersionId, Set<String>> listedBy) {
    List<String> nodes = reach.nodes();
    Optional<VersionId> confirmed = confirmed(key, nodes);
    Set<VersionId> others = new TreeSet<>();
    listedBy.forEach((id, listing) -> {
      if (confirmed.filter(id::equals).isEmpty() && !isSucceeded(key, id, listing, nodes)) {
        others.add(id);
      }
    });
    List<VersionRecord> branches =
        sights.branches(key, new KeySight(Optional.empty(), others), nodes);
    boolean isOneLine =
        branches.size() == 1
            && sights.path(key, branches.getFirst().parents(), confirmed, nodes).descent()
                == Lineage.Descent.YES;
    return branches.isEmpty() || isOneLine
        ? Optional.empty()
        : Optional.of(new Conflict(key, confirmed, branches));
  }

  /**
   * A node that has a version, and does not take it for a head, knows more than those that do. In
   * this order: between the two questions a version may only get a successor.
   */
  private boolean isSucceeded(
      ObjectKey key, VersionId id, Set<String> listing, List<String> nodes) {
    return nodes.stream()
        .filter(node -> !listing.contains(node))
        .anyMatch(node ->
            replicas.findKept(key, id, List.of(node)).isPresent()
                && !sights.of(key, List.of(node)).branches().contains(id));
  }

  private Optional<VersionId> confirmed(ObjectKey key, List<String> nodes) {
    return reach.isCutOff()
        ? sights.of(key, nodes).head().map(row -> row.version())
        : Agreement.head(agreement.observe(key)).map(HeadRecord::version);
  }

  /** Where the merge stands in one node's branches. */
  private final class Cursor {
    private final String node;
    private final Set<String> unreachable;
    private final Deque<BranchName> names = new ArrayDeque<>();
    private Optional<BranchName> after;
    private boolean ended;

    Cursor(String node, Optional<BranchName> after, Set<String> unreachable) {
      this.node = node;
      this.after = after;
      this.unreachable = unreachable;
    }

    @Nullable BranchName peek() {
      if (names.isEmpty() && !ended) {
        fill();
      }
      return names.peek();
    }

    private void fill() {
      try {
        if (!reach.nodes().contains(node)) {
          throw new PeerException(node + " is out of reach", null);
        }
        List<BranchName> page = replicas.of(node).branches(after);
        names.addAll(page);
        ended = page.size() < Replica.BRANCHES_PAGE;
        after = page.isEmpty() ? after : Optional.of(page.getLast());
      } catch (PeerException e) {
        log.debug("Cannot ask {} for branches", node, e);
        unreachable.add(node);
        ended = true;
      }
    }

    /** Takes the branches of a key, all of them. */
    void take(ObjectKey key, Map<VersionId, Set<String>> listedBy) {
      for (BranchName name = peek(); name != null && name.key().equals(key); name = peek()) {
        listedBy.computeIfAbsent(name.version(), _ -> new TreeSet<>()).add(node);
        names.remove();
      }
    }
  }
}
