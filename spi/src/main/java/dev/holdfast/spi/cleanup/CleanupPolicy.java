// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.cleanup;

import dev.holdfast.spi.placement.ClusterMap;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Names what may be deleted: old versions of an object, and surplus copies on a node. It only
 * chooses among what the node could do without. A head, a branch and what a merge still needs
 * always stay, and no object gets fewer copies than its placement asks for, whatever the answer.
 *
 * <p>Pure: the answer depends on the question alone; no clock ({@code now} is given), no I/O, no
 * random, no state. Each node asks its own about its own disk, so nodes that answer differently
 * keep different histories. Called on several threads at once, with a deadline. When it throws,
 * hangs or names something that it was not offered, nothing is deleted, and the node reports the
 * plugin.
 */
public interface CleanupPolicy {
  /**
   * The old versions of one object that may go. Their bytes are deleted on this node; that they
   * were there stays in the history.
   */
  Decision oldVersions(History history);

  /**
   * The surplus copies of one node that may go, the one to go first in front: the node deletes no
   * more of them than its share of what the cluster has beyond the overhead that it keeps.
   */
  Decision surplusCopies(Surplus surplus);

  /**
   * @param key of the object
   * @param now of the wall clock of the node that asks
   * @param versions whose bytes are here, each before its parents
   */
  record History(String key, Instant now, List<Version> versions) {
    public History {
      versions = List.copyOf(versions);
    }
  }

  /** What a version is to the node. */
  enum Role {
    /** What a plain read gets. */
    HEAD,
    /** Nobody agreed on it. */
    BRANCH,
    /** A branch comes from it, so a merge needs it. */
    NEEDED,
    /** A deletion that is not the head. Without bytes; it goes by its own rules. */
    TOMBSTONE,
    /** It was the head once. The only ones that may be named. */
    OLD
  }

  /**
   * @param writtenAt by the clock of its writer, which may be wrong
   * @param replacedAt when the last version that directly follows it was written, by that writer's
   *     clock; empty for a head and a branch
   * @param sizeBytes of its content; versions may share some of them on the disk
   * @param contentType empty when none was given
   * @param metadata of the user, by name
   */
  record Version(
      String id,
      Role role,
      Instant writtenAt,
      Optional<Instant> replacedAt,
      long sizeBytes,
      String contentType,
      SortedMap<String, String> metadata) {
    public Version {
      metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
    }
  }

  /**
   * Some of the surplus copies of a node.
   *
   * @param node that has them and asks
   * @param freeBytes of its disk
   */
  record Surplus(Instant now, ClusterMap.Node node, long freeBytes, List<Copy> copies) {
    public Surplus {
      copies = List.copyOf(copies);
    }
  }

  /**
   * All versions of an object on one node, which the cluster does not need there.
   *
   * @param versions of it that are here
   * @param sizeBytes of these versions
   * @param counted whether the node is still one of the object's holders, of which there are more
   *     than its placement asks for; else others replaced it, and nobody reads its copy
   */
  record Copy(String key, int versions, long sizeBytes, boolean counted) {}

  /**
   * @param going distinct, the one to go first in front
   */
  record Decision(List<Going> going) {
    public static final Decision NOTHING = new Decision(List.of());

    public Decision {
      going = List.copyOf(going);
    }
  }

  /**
   * @param id of the version, or key of the copy
   * @param reason in a sentence, for the log of deletions
   */
  record Going(String id, String reason) {}
}
