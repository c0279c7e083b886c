// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.cleanup.ReapingPlanner;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Dot;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionRecordCodec;
import dev.holdfast.node.object.ObjectMessages.AcceptVersion;
import dev.holdfast.node.object.ObjectMessages.ConfirmVersion;
import dev.holdfast.node.object.ObjectMessages.ConfirmVersions;
import dev.holdfast.node.object.ObjectMessages.ConfirmedVersions;
import dev.holdfast.node.object.ObjectMessages.CountKept;
import dev.holdfast.node.object.ObjectMessages.Done;
import dev.holdfast.node.object.ObjectMessages.FetchBranches;
import dev.holdfast.node.object.ObjectMessages.FetchChunk;
import dev.holdfast.node.object.ObjectMessages.FetchHeads;
import dev.holdfast.node.object.ObjectMessages.FetchSight;
import dev.holdfast.node.object.ObjectMessages.FetchVersion;
import dev.holdfast.node.object.ObjectMessages.FetchVersions;
import dev.holdfast.node.object.ObjectMessages.FetchedSight;
import dev.holdfast.node.object.ObjectMessages.FindKept;
import dev.holdfast.node.object.ObjectMessages.ForgetKey;
import dev.holdfast.node.object.ObjectMessages.HoldVersion;
import dev.holdfast.node.object.ObjectMessages.InspectReaping;
import dev.holdfast.node.object.ObjectMessages.KeepChunks;
import dev.holdfast.node.object.ObjectMessages.KeptChunks;
import dev.holdfast.node.object.ObjectMessages.OfferChunks;
import dev.holdfast.node.object.ObjectMessages.ProveChunks;
import dev.holdfast.node.object.ObjectMessages.PullChunks;
import dev.holdfast.node.object.ObjectMessages.ReapingInspected;
import dev.holdfast.node.object.ObjectMessages.StageVersions;
import dev.holdfast.node.object.ObjectMessages.StagedVersions;
import dev.holdfast.node.object.ObjectMessages.Status;
import dev.holdfast.node.object.ObjectMessages.StoreChunk;
import dev.holdfast.node.object.ObjectMessages.Stored;
import dev.holdfast.node.object.ObjectMessages.UnstageVersion;
import dev.holdfast.node.object.ObjectMessages.VersionSummary;
import dev.holdfast.node.object.ObjectMessages.VouchForVersion;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.peer.PeerRequest;
import dev.holdfast.node.store.Chunk;
import dev.holdfast.node.store.DiskFullException;
import dev.holdfast.node.store.HeadRow;
import dev.holdfast.node.store.UploadRows;
import dev.holdfast.spi.Bytes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** The copies of another node, over the peer port. */
final class RemoteReplica implements Replica {
  private final String nodeId;
  private final PeerNetwork network;
  private final Duration timeout;

  /** One is on its way while the other waits for the disk. */
  private static final int STAGING_CALLS_MAX = 2;

  private final CallBatcher<byte[], Stored> stagings;
  private final CallBatcher<ConfirmVersion, Done> confirmations;

  RemoteReplica(String nodeId, PeerNetwork network, Duration timeout) {
    this.nodeId = nodeId;
    this.network = network;
    this.timeout = timeout;
    this.stagings =
        new CallBatcher<>(
            nodeId,
            STAGING_CALLS_MAX,
            version -> version.length,
            some -> callLater(new StageVersions(some)).thenApply(StagedVersions::results));
    this.confirmations =
        new CallBatcher<>(
            nodeId,
            1,
            one -> one.key().length(),
            some -> callLater(new ConfirmVersions(some)).thenApply(ConfirmedVersions::results));
  }

  private <R> CompletableFuture<R> callLater(PeerRequest<R> request) {
    return network.callLater(nodeId, request, timeout);
  }

  private <R> R call(PeerRequest<R> request) {
    return network.call(nodeId, request, timeout);
  }

  @Override
  public List<ChunkRef> missing(List<ChunkRef> refs) {
    return ChunkRefs.unpack(call(new OfferChunks(ChunkRefs.pack(refs))).refs());
  }

  @Override
  public void store(Chunk chunk) {
    isDurable(call(new StoreChunk(chunk.bytes())).status());
  }

  @Override
  public List<ChunkRef> pull(List<ChunkRef> refs, List<String> sources) {
    return ChunkRefs.unpack(call(new PullChunks(ChunkRefs.pack(refs), sources)).refs());
  }

  @Override
  public CompletableFuture<Boolean> stageLater(VersionRecord version) {
    return stagings
        .send(VersionRecordCodec.encode(version))
        .thenApply(stored -> isDurable(stored.status()));
  }

  @Override
  public void unstage(ObjectKey key, VersionId id, Dot dot) {
    call(
        new UnstageVersion(
            key.value(), id.value(), dot.nodeId(), dot.incarnation(), dot.counter()));
  }

  private boolean isDurable(Status status) {
    return switch (status) {
      case DURABLE -> true;
      case CHUNKS_MISSING -> false;
      case DISK_FULL -> throw new DiskFullException("The disk of " + nodeId + " is full", null);
      case FAILED -> throw new PeerException(nodeId + " could not keep a record", null);
    };
  }

  @Override
  public CompletableFuture<Boolean> confirmLater(
      ObjectKey key, VersionId id, long revision, List<String> behind) {
    return confirmations
        .send(new ConfirmVersion(key.value(), id.value(), revision, behind))
        .thenApply(Done::done);
  }

  @Override
  public boolean accept(ObjectKey key, VersionId id) {
    return call(new AcceptVersion(key.value(), id.value())).done();
  }

  @Override
  public void hold(ObjectKey key, VersionId id, boolean isAgreed) {
    call(new HoldVersion(key.value(), id.value(), isAgreed));
  }

  @Override
  public Optional<VersionRecord> version(ObjectKey key, VersionId id) {
    byte[] bytes = call(new FetchVersion(key.value(), id.value())).version();
    return bytes.length == 0
        ? Optional.empty()
        // Believed only when it is what its name says.
        : Optional.of(VersionRecordCodec.decode(bytes))
            .filter(found -> found.id().equals(id) && found.isWhole());
  }

  @Override
  public boolean vouches(ObjectKey key, VersionId id) {
    return call(new VouchForVersion(key.value(), id.value())).done();
  }

  @Override
  public ReapingPlanner.Copy reapingCopy(ObjectKey key, VersionId tombstone) {
    ReapingInspected copy = call(new InspectReaping(key.value(), tombstone.value()));
    return new ReapingPlanner.Copy(copy.tombstone(), copy.open());
  }

  @Override
  public void forget(ObjectKey key, long reapedRevision) {
    call(new ForgetKey(key.value(), reapedRevision));
  }

  @Override
  public Optional<byte[]> chunk(ChunkRef ref) {
    byte[] bytes = call(new FetchChunk(ChunkRefs.pack(List.of(ref)))).bytes();
    return bytes.length == 0 ? Optional.empty() : Optional.of(bytes);
  }

  @Override
  public List<VersionSummary> versions(ObjectKey key, Optional<VersionId> after) {
    return call(new FetchVersions(key.value(), after.map(VersionId::value).orElse(""))).versions();
  }

  @Override
  public List<HeadRow> heads(byte[] prefix, byte[] from, int limit) {
    return call(new FetchHeads(prefix, from, limit)).rows().stream().map(HeadRow::decode).toList();
  }

  @Override
  public KeySight sight(ObjectKey key) {
    FetchedSight sight = call(new FetchSight(key.value()));
    return new KeySight(
        sight.head().length == 0 ? Optional.empty() : Optional.of(HeadRow.decode(sight.head())),
        sight.branches().stream().map(VersionId::new).collect(Collectors.toSet()));
  }

  @Override
  public List<BranchName> branches(Optional<BranchName> after) {
    return call(
            new FetchBranches(
                after.map(one -> one.key().value()).orElse(""),
                after.map(one -> one.version().value()).orElse("")))
        .branches()
        .stream()
        .map(one -> new BranchName(new ObjectKey(one.key()), new VersionId(one.version())))
        .toList();
  }

  @Override
  public List<ChunkRef> unkept(UploadId upload, List<ChunkRef> refs) {
    return ChunkRefs.unpack(
        call(new FindKept(upload.bytes().toArray(), ChunkRefs.pack(refs))).refs());
  }

  @Override
  public List<ChunkRef> keepFor(UploadId upload, List<ChunkRef> refs, long bytesMax) {
    return ChunkRefs.unpack(
        call(new KeepChunks(upload.bytes().toArray(), ChunkRefs.pack(refs), bytesMax)).refs());
  }

  @Override
  public List<ChunkRef> unproven(Bytes salt, List<ProvenRef> refs) {
    return ChunkRefs.unpack(
        call(new ProveChunks(
                salt.toArray(),
                ChunkRefs.pack(refs.stream().map(ProvenRef::ref).toList()),
                ChunkRefs.packProofs(refs)))
            .refs());
  }

  @Override
  public UploadRows.Kept kept(UploadId upload) {
    KeptChunks kept = call(new CountKept(upload.bytes().toArray()));
    return new UploadRows.Kept(kept.chunks(), kept.bytes());
  }
}
