// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.placement;

import java.util.List;
import java.util.Set;

/**
 * Decides where the copies of an object go. Pure: the answer depends on the arguments alone, no
 * clock, no I/O, no random. Called on many threads at once, with a deadline; when it throws, hangs
 * or answers nonsense the node uses its built-in policy for that call and reports the plugin.
 */
public interface PlacementPolicy {
  /** The nodes that should hold a key, best first. */
  Choice choose(Request request);

  /** Whether these holders are enough and well spread. */
  Verdict isSatisfied(Request request, Set<String> holders);

  /**
   * The copies that could go, the one to go first in front; every prefix of the answer must leave
   * holders that satisfy the policy as well as before.
   */
  Surplus mayGo(Request request, Set<String> holders);

  /**
   * @param key of the object
   * @param copies wanted, at least 1
   */
  record Request(ClusterMap map, String key, int copies) {
    public Request {
      if (copies < 1) {
        throw new IllegalArgumentException("copies is " + copies);
      }
    }
  }

  /**
   * @param nodeIds distinct ids of placeable nodes, at most {@code copies}; fewer when there are
   *     not enough nodes
   * @param explanation one sentence a node, or one for all
   */
  record Choice(List<String> nodeIds, String explanation) {
    public Choice {
      nodeIds = List.copyOf(nodeIds);
    }
  }

  /**
   * @param nodeIds distinct ids of holders, the one to go first in front; empty when all must stay
   * @param explanation why these, or why none, in a sentence
   */
  record Surplus(List<String> nodeIds, String explanation) {
    public Surplus {
      nodeIds = List.copyOf(nodeIds);
    }
  }

  /**
   * @param explanation why, in a sentence
   */
  record Verdict(boolean satisfied, String explanation) {}
}
