// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.peer.PeerRequest;
import java.util.List;

/**
 * What nodes ask each other about copies. Chunks are named by packed references, see {@link
 * ChunkRefs}; versions and rows travel as the bytes of their codecs.
 */
@SuppressWarnings("ArrayRecordComponent") // the peer codec carries byte arrays; nobody compares
public final class ObjectMessages {
  /** In the order of the peer codec. */
  public static final List<Class<?>> KINDS =
      List.of(
          OfferChunks.class,
          StoreChunk.class,
          PullChunks.class,
          ConfirmVersion.class,
          HoldVersion.class,
          UnstageVersion.class,
          TakeTurn.class,
          GiveTurn.class,
          FetchVersion.class,
          FetchChunk.class,
          FetchVersions.class,
          FetchHeads.class,
          ChunksMissing.class,
          Stored.class,
          Done.class,
          TurnTaken.class,
          FetchedVersion.class,
          FetchedChunk.class,
          FetchedVersions.class,
          FetchedHeads.class,
          VersionSummary.class,
          AcceptVersion.class,
          FetchSight.class,
          FetchBranches.class,
          FetchedSight.class,
          FetchedBranches.class,
          BranchSummary.class,
          StageVersions.class,
          StagedVersions.class,
          ConfirmVersions.class,
          ConfirmedVersions.class,
          VouchForVersion.class,
          InspectReaping.class,
          ReapingInspected.class,
          ForgetKey.class,
          ListQuarantine.class,
          QuarantineListed.class,
          SettleQuarantine.class,
          QuarantineSettled.class,
          FindKept.class,
          KeepChunks.class,
          ProveChunks.class,
          CountKept.class,
          KeptChunks.class);

  private ObjectMessages() {}

  /** Which of these chunks do you lack? */
  public record OfferChunks(byte[] refs) implements PeerRequest<ChunksMissing> {}

  public record ChunksMissing(byte[] refs) {}

  /** Keep these bytes. The answer comes after the fsync. */
  public record StoreChunk(byte[] bytes) implements PeerRequest<Stored> {}

  /** Fetch the chunks that you lack from these nodes. The answer comes after the fsync. */
  public record PullChunks(byte[] refs, List<String> sources)
      implements PeerRequest<ChunksMissing> {}

  public record Stored(Status status) {}

  /**
   * Keep these records of several writes, invisible (R21); each stands for itself. The answer comes
   * after the fsync.
   */
  public record StageVersions(List<byte[]> versions) implements PeerRequest<StagedVersions> {}

  /** In the order of the request. */
  public record StagedVersions(List<Stored> results) {}

  public enum Status {
    DURABLE,
    CHUNKS_MISSING,
    DISK_FULL,
    /** The log of the node says why. */
    FAILED
  }

  /**
   * The cluster agreed on a version that you staged.
   *
   * @param revision at which it became the head
   * @param behind replicas without a copy yet: see to it that they get one (R24)
   */
  public record ConfirmVersion(String key, String version, long revision, List<String> behind) {}

  /** {@link ConfirmVersion} of several writes; each stands for itself. */
  public record ConfirmVersions(List<ConfirmVersion> versions)
      implements PeerRequest<ConfirmedVersions> {}

  /** In the order of the request. */
  public record ConfirmedVersions(List<Done> results) {}

  /** Keep a version that you staged, though the cluster has not agreed. After the fsync. */
  public record AcceptVersion(String key, String version) implements PeerRequest<Done> {}

  /**
   * You should hold this version: fetch it when you lack it.
   *
   * @param agreed the cluster agreed on it; else you keep it as the others have it
   */
  public record HoldVersion(String key, String version, boolean agreed)
      implements PeerRequest<Done> {}

  public record Done(boolean done) {}

  /**
   * A write that staged this version has failed for certain.
   *
   * @param node of its dot, as the incarnation and the counter
   */
  public record UnstageVersion(
      String key, String version, String node, String incarnation, long counter)
      implements PeerRequest<Done> {}

  /** Let me write this key when those before me have: you are its home. */
  public record TakeTurn(String key, long waitMillis) implements PeerRequest<TurnTaken> {}

  /**
   * @param ticket 0 when others were still before you at the end of the wait
   */
  public record TurnTaken(long ticket) {}

  /** I have written, or given up. */
  public record GiveTurn(String key, long ticket) implements PeerRequest<Done> {}

  public record FetchVersion(String key, String version) implements PeerRequest<FetchedVersion> {}

  /** Empty when there is none. */
  public record FetchedVersion(byte[] version) {}

  public record FetchChunk(byte[] ref) implements PeerRequest<FetchedChunk> {}

  /** Empty when there is none. */
  public record FetchedChunk(byte[] bytes) {}

  /**
   * Versions of a key that are not staged, as summaries in the order of their ids.
   *
   * @param after the last one of the page before, empty for the first page
   */
  public record FetchVersions(String key, String after) implements PeerRequest<FetchedVersions> {}

  public record FetchedVersions(List<VersionSummary> versions) {}

  public record VersionSummary(
      String version,
      List<String> parents,
      String state,
      long size,
      String sha256,
      boolean deleted,
      String author,
      long writtenAtMillis) {
    /** The state of a version that was agreed on and whose bytes retention deleted. */
    static final String REMOVED = "removed";

    boolean isRemoved() {
      return state.equals(REMOVED);
    }

    /** Whether the cluster agreed on it. */
    boolean isAgreed() {
      return isRemoved() || state.equals(VersionState.CONFIRMED.label());
    }
  }

  /** Which heads of a key do you know of? */
  public record FetchSight(String key) implements PeerRequest<FetchedSight> {}

  /**
   * @param head row of the newest confirmed head, empty when there is none
   * @param branches ids of the provisional heads
   */
  public record FetchedSight(byte[] head, List<String> branches) {}

  /**
   * Provisional heads of all keys, in the order of the keys' hashes, then of the ids.
   *
   * @param key of the last one of the page before, empty for the first page
   * @param version of the last one of the page before
   */
  public record FetchBranches(String key, String version) implements PeerRequest<FetchedBranches> {}

  public record FetchedBranches(List<BranchSummary> branches) {}

  public record BranchSummary(String key, String version) {}

  /** Do you have this version, and were you in touch since before deletions were forgotten? */
  public record VouchForVersion(String key, String version) implements PeerRequest<Done> {}

  /** What do you have of this key, whose deletion may be reaped? */
  public record InspectReaping(String key, String version)
      implements PeerRequest<ReapingInspected> {}

  /**
   * @param tombstone the deletion is there, and agreed on
   * @param open versions that are not agreed on
   */
  public record ReapingInspected(boolean tombstone, long open) {}

  /** The deletion of this key was reaped: forget what is older. After the fsync. */
  public record ForgetKey(String key, long revision) implements PeerRequest<Done> {}

  /** Which versions of keys with this prefix did you set aside? */
  public record ListQuarantine(String prefix) implements PeerRequest<QuarantineListed> {}

  /**
   * @param versions one for each key, in their order
   */
  public record QuarantineListed(List<String> keys, List<VersionSummary> versions) {}

  /**
   * An operator has decided on a version that you set aside.
   *
   * @param release make it provisional again; else delete it
   */
  public record SettleQuarantine(String key, String version, boolean release)
      implements PeerRequest<QuarantineSettled> {}

  /**
   * @param version that was released or deleted, empty when there is none
   */
  public record QuarantineSettled(String version) {}

  /** Heads in the order of their keys, from a place on. */
  public record FetchHeads(byte[] prefix, byte[] from, int limit)
      implements PeerRequest<FetchedHeads> {}

  public record FetchedHeads(List<byte[]> rows) {}

  /** Which of these chunks do you lack, or not keep for this upload? */
  public record FindKept(byte[] upload, byte[] refs) implements PeerRequest<ChunksMissing> {}

  /**
   * Keep these chunks, which you have, for an upload. The answer comes after the fsync.
   *
   * @param bytesMax of the upload
   */
  public record KeepChunks(byte[] upload, byte[] refs, long bytesMax)
      implements PeerRequest<ChunksMissing> {}

  /**
   * Of which of these chunks do you lack the bytes that the proof is made of?
   *
   * @param proofs 32 bytes each, in the order of the references
   */
  public record ProveChunks(byte[] salt, byte[] refs, byte[] proofs)
      implements PeerRequest<ChunksMissing> {}

  /** How much do you keep for an upload? */
  public record CountKept(byte[] upload) implements PeerRequest<KeptChunks> {}

  public record KeptChunks(long chunks, long bytes) {}
}
