// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

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
          StageVersion.class,
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

  /** Keep this record, invisible (R21). The answer comes after the fsync. */
  public record StageVersion(byte[] version) implements PeerRequest<Stored> {}

  public record Stored(Status status) {}

  public enum Status {
    DURABLE,
    CHUNKS_MISSING,
    DISK_FULL
  }

  /**
   * The cluster agreed on a version that you staged.
   *
   * @param revision at which it became the head
   * @param behind replicas without a copy yet: see to it that they get one (R24)
   */
  public record ConfirmVersion(String key, String version, long revision, List<String> behind)
      implements PeerRequest<Done> {}

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
      long writtenAtMillis) {}

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
