// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.cleanup.ReapingPlanner;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Dot;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.object.ObjectMessages.VersionSummary;
import dev.holdfast.node.store.Chunk;
import dev.holdfast.node.store.HeadRow;
import dev.holdfast.node.store.UploadRows;
import dev.holdfast.spi.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A node that keeps copies, this or another one. Blocking, but for the methods that return a
 * future. What a writing method has returned, the node has fsynced.
 *
 * <p>Every method throws {@link dev.holdfast.node.peer.PeerException} when the node cannot be
 * asked, and writing ones {@link dev.holdfast.node.store.DiskFullException}. A future fails with
 * the same, and completes on a thread that must not be blocked.
 */
interface Replica {
  /** A page of versions. One must fit into a message between nodes, as must one of heads. */
  int VERSIONS_PAGE = 1_000;

  int HEADS_PAGE = 150;

  int BRANCHES_PAGE = 1_000;

  /** Those that it lacks, or has and finds rotten: each is read. So ask for few at a time. */
  List<ChunkRef> missing(List<ChunkRef> refs);

  void store(Chunk chunk);

  /** Lets the node fetch what it lacks from others; returns what it still lacks. */
  List<ChunkRef> pull(List<ChunkRef> refs, List<String> sources);

  /** False when it lacks chunks of this version. */
  default boolean stage(VersionRecord version) {
    return Futures.join(stageLater(version));
  }

  /** {@link #stage} without waiting. */
  CompletableFuture<Boolean> stageLater(VersionRecord version);

  /** Takes back a staging whose commit certainly failed. */
  void unstage(ObjectKey key, VersionId id, Dot dot);

  /** False when the version is not there. */
  default boolean confirm(ObjectKey key, VersionId id, long revision, List<String> behind) {
    return Futures.join(confirmLater(key, id, revision, behind));
  }

  /** {@link #confirm} without waiting. */
  CompletableFuture<Boolean> confirmLater(
      ObjectKey key, VersionId id, long revision, List<String> behind);

  /** Keeps a staged version though the cluster has not agreed; false when it is not there. */
  boolean accept(ObjectKey key, VersionId id);

  /**
   * @param isAgreed the cluster agreed on it
   */
  void hold(ObjectKey key, VersionId id, boolean isAgreed);

  /** In any state, staged included. */
  Optional<VersionRecord> version(ObjectKey key, VersionId id);

  /**
   * Whether it has a version, seen, and knows that no deletion of it can be forgotten: it was in
   * touch with the cluster since before that, see {@link ReturnCheck}.
   */
  boolean vouches(ObjectKey key, VersionId id);

  /** What it has of a key whose deletion may be reaped. */
  ReapingPlanner.Copy reapingCopy(ObjectKey key, VersionId tombstone);

  /** Forgets what ended with the deletion of a key; repeatable. */
  void forget(ObjectKey key, long reapedRevision);

  Optional<byte[]> chunk(ChunkRef ref);

  /** The next page of versions in the order of their ids, empty at the end. */
  List<VersionSummary> versions(ObjectKey key, Optional<VersionId> after);

  /** All versions, at most so many. */
  default List<VersionSummary> versions(ObjectKey key, int limit) {
    List<VersionSummary> all = new ArrayList<>();
    Optional<VersionId> after = Optional.empty();
    while (all.size() < limit) {
      List<VersionSummary> page = versions(key, after);
      if (page.isEmpty()) {
        break;
      }
      all.addAll(page);
      after = Optional.of(new VersionId(page.getLast().version()));
    }
    return all;
  }

  List<HeadRow> heads(byte[] prefix, byte[] from, int limit);

  /** Which heads of a key it knows of. */
  KeySight sight(ObjectKey key);

  /** The next page of provisional heads, by the hash of the key; empty at the end. */
  List<BranchName> branches(Optional<BranchName> after);

  /** Those that are not here, or not kept for an upload: as far as names say, reads none. */
  List<ChunkRef> unkept(UploadId upload, List<ChunkRef> refs);

  /**
   * Keeps chunks for an upload until its lease is over; returns those that are not here, or for
   * which it has no room.
   */
  List<ChunkRef> keepFor(UploadId upload, List<ChunkRef> refs, long bytesMax);

  /** Those whose bytes are not here, or not those of the proof: each is read. Few at a time. */
  List<ChunkRef> unproven(Bytes salt, List<ProvenRef> refs);

  UploadRows.Kept kept(UploadId upload);
}
