// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a writer wants to be reached before it is answered.
 *
 * @param parents of the new version; empty for the head that the node sees
 */
public record WriteTerms(
    Durability durability, Consistency consistency, SortedSet<VersionId> parents) {
  /** A majority of the copies, agreed on where a majority can be reached. */
  public static final WriteTerms DEFAULT =
      new WriteTerms(Durability.MAJORITY, Consistency.AUTO, new TreeSet<>());

  /** How many copies are fsynced before the answer. */
  public enum Durability {
    LOCAL,
    MAJORITY,
    ALL;

    /** Copies to wait for. */
    public int copies(int wanted) {
      return switch (this) {
        case LOCAL -> 1;
        case MAJORITY -> wanted / 2 + 1;
        case ALL -> wanted;
      };
    }

    /** The strongest that so many copies are. */
    public static Durability of(int written, int wanted) {
      return written >= wanted ? ALL : written >= wanted / 2 + 1 ? MAJORITY : LOCAL;
    }
  }

  /** Whether the cluster agrees on the version before the answer. */
  public enum Consistency {
    /** Where a majority can be reached; elsewhere the version is provisional. */
    AUTO,
    /** Always: else the write is refused. */
    CONFIRMED,
    /** Not before the answer. */
    PROVISIONAL
  }

  public WriteTerms {
    parents = Collections.unmodifiableSortedSet(new TreeSet<>(parents));
    if (parents.size() > VersionRecord.PARENTS_MAX) {
      throw new IllegalArgumentException(
          "A version has at most " + VersionRecord.PARENTS_MAX + " parents, not " + parents.size());
    }
    if (consistency == Consistency.CONFIRMED && durability == Durability.LOCAL) {
      throw new IllegalArgumentException("What is confirmed is durable on a majority");
    }
  }

  /** Whether the writer asked not to wait for agreement. */
  public boolean isProvisional() {
    return consistency == Consistency.PROVISIONAL || durability == Durability.LOCAL;
  }
}
