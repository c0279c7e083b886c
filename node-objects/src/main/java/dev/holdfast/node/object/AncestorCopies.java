// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.store.DiskFullException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies versions that nobody agreed on to the replicas of a head that is about to rest on them:
 * bytes before names. Blocking; what is there already is left alone.
 */
record AncestorCopies(Replicas replicas) {
  private static final Logger log = LoggerFactory.getLogger(AncestorCopies.class);
  private static final int PULL_MAX = 16;

  /**
   * The nodes that have all of these, accepted, when this returns.
   *
   * @param open the oldest first
   * @param sources nodes that may have them
   */
  List<String> copy(List<VersionRecord> open, List<String> nodes, List<String> sources) {
    return nodes.stream().filter(node -> copyAll(open, node, sources)).toList();
  }

  private boolean copyAll(List<VersionRecord> versions, String node, List<String> sources) {
    try {
      Replica target = replicas.of(node);
      return versions.stream().allMatch(version -> copy(version, target, sources));
    } catch (PeerException | DiskFullException e) {
      log.debug("{} cannot take what a version rests on", node, e);
      return false;
    }
  }

  private static boolean copy(VersionRecord version, Replica target, List<String> sources) {
    VersionId id = version.id();
    List<ChunkRef> chunks = version.chunks();
    for (int at = 0; at < chunks.size(); at += PULL_MAX) {
      List<ChunkRef> some = chunks.subList(at, Math.min(at + PULL_MAX, chunks.size()));
      if (!target.pull(some, sources).isEmpty()) {
        return false;
      }
    }
    return target.stage(version) && target.accept(version.key(), id);
  }
}
