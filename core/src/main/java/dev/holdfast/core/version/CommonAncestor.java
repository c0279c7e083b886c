// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Function;

/**
 * One search for the nearest common ancestor of two versions. Both sides paint what they reach in
 * their colour. What has both colours is common; what lies below it is common too, and farther
 * away. Versions have no number that says how old they are, so paint may come late: then it spreads
 * over what was visited before.
 *
 * <p>It ends when each open path leads into common ground and one candidate is left, so it does not
 * read the history below the answer. With several candidates it goes on: one of them may turn out
 * to lie below another one.
 */
final class CommonAncestor {
  private static final int ONE = 1;
  private static final int OTHER = 2;
  private static final int COMMON = ONE | OTHER;
  private static final int BELOW_COMMON = COMMON | 4;

  private final Function<VersionId, Optional<VersionRecord>> known;
  private final int visitsMax;
  private final Map<VersionId, Integer> paint = new HashMap<>();
  private final Map<VersionId, SortedSet<VersionId>> visited = new HashMap<>();
  private final Set<VersionId> candidates = new HashSet<>();

  /** To visit: on one side only when they were met, and common then. */
  private final Deque<VersionId> apart = new ArrayDeque<>();

  private final Deque<VersionId> common = new ArrayDeque<>();

  CommonAncestor(Function<VersionId, Optional<VersionRecord>> known, int visitsMax) {
    this.known = known;
    this.visitsMax = visitsMax;
  }

  /** Empty when there is none, or several, or a version on the way is not known, or it is far. */
  Optional<VersionId> of(VersionId one, VersionId other) {
    reach(one, ONE);
    reach(other, OTHER);
    while (!isDecided()) {
      VersionId next = apart.isEmpty() ? common.remove() : apart.remove();
      if (visited.containsKey(next)) {
        continue;
      }
      Optional<VersionRecord> version = known.apply(next);
      if (version.isEmpty() || visited.size() >= visitsMax) {
        return Optional.empty();
      }
      visited.put(next, version.get().parents());
      int colour = handedDown(paint.getOrDefault(next, 0));
      version.get().parents().forEach(parent -> reach(parent, colour));
    }
    return candidates.size() == 1 ? candidates.stream().findFirst() : Optional.empty();
  }

  private boolean isDecided() {
    while (!apart.isEmpty() && isCommon(apart.peek())) {
      common.add(apart.remove());
    }
    return apart.isEmpty() && (candidates.size() <= 1 || common.isEmpty());
  }

  private boolean isCommon(VersionId id) {
    return (paint.getOrDefault(id, 0) & COMMON) == COMMON;
  }

  private static int handedDown(int colour) {
    return (colour & COMMON) == COMMON ? BELOW_COMMON : colour;
  }

  private void reach(VersionId from, int added) {
    Deque<Map.Entry<VersionId, Integer>> left = new ArrayDeque<>();
    left.add(Map.entry(from, added));
    while (!left.isEmpty()) {
      VersionId id = left.peek().getKey();
      int before = paint.getOrDefault(id, 0);
      int colour = before | left.remove().getValue();
      if (colour == before) {
        continue;
      }
      paint.put(id, colour);
      if (colour == COMMON) {
        candidates.add(id);
      } else {
        candidates.remove(id);
      }
      SortedSet<VersionId> parents = visited.get(id);
      if (parents != null) {
        parents.forEach(parent -> left.add(Map.entry(parent, handedDown(colour))));
      } else if (before == 0) {
        (isCommon(id) ? common : apart).add(id);
      }
    }
  }
}
