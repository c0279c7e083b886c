// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.cleanup.ReapingPlanner;
import dev.holdfast.core.version.Dot;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionRecordCodec;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.node.object.ObjectMessages.AcceptVersion;
import dev.holdfast.node.object.ObjectMessages.BranchSummary;
import dev.holdfast.node.object.ObjectMessages.ChunksMissing;
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
import dev.holdfast.node.object.ObjectMessages.FetchedBranches;
import dev.holdfast.node.object.ObjectMessages.FetchedChunk;
import dev.holdfast.node.object.ObjectMessages.FetchedHeads;
import dev.holdfast.node.object.ObjectMessages.FetchedSight;
import dev.holdfast.node.object.ObjectMessages.FetchedVersion;
import dev.holdfast.node.object.ObjectMessages.FetchedVersions;
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
import dev.holdfast.node.object.ObjectMessages.VouchForVersion;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.store.Chunk;
import dev.holdfast.node.store.DiskFullException;
import dev.holdfast.node.store.HeadRow;
import dev.holdfast.node.store.LocalStore;
import dev.holdfast.node.store.UploadRows;
import dev.holdfast.spi.Bytes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the {@link Replica} of a node, and answers what other nodes ask of this one. */
final class Replicas {
  private static final Logger log = LoggerFactory.getLogger(Replicas.class);

  private final String self;
  private final PeerNetwork network;
  private final Duration timeout;
  private final LocalReplica local;

  /** One of each node that was ever asked: writes to it share their messages. */
  private final Map<String, RemoteReplica> remote = new ConcurrentHashMap<>();

  /** Registers the handlers, so before the network starts. */
  Replicas(
      String self,
      LocalStore store,
      PeerNetwork network,
      Duration timeout,
      InTouch inTouch,
      InstantSource clock) {
    this.self = self;
    this.network = network;
    this.timeout = timeout;
    this.local = new LocalReplica(self, store, this, inTouch, clock);
    serve();
  }

  LocalReplica local() {
    return local;
  }

  Replica of(String nodeId) {
    return nodeId.equals(self)
        ? local
        : remote.computeIfAbsent(nodeId, id -> new RemoteReplica(id, network, timeout));
  }

  /**
   * A version from the first of these nodes that has it, rather from one that has its bytes, too.
   */
  Optional<VersionRecord> findVersion(ObjectKey key, VersionId id, List<String> nodes) {
    return find(key, id, nodes, _ -> true);
  }

  /** {@link #findVersion}, and neither staged (R21) nor set aside. */
  Optional<VersionRecord> findKept(ObjectKey key, VersionId id, List<String> nodes) {
    return find(key, id, nodes, version -> version.state().isVisible());
  }

  private Optional<VersionRecord> find(
      ObjectKey key, VersionId id, List<String> nodes, Predicate<VersionRecord> wanted) {
    Optional<VersionRecord> removed = Optional.empty();
    for (String node : nodes) {
      try {
        Optional<VersionRecord> found = of(node).version(key, id).filter(wanted);
        if (found.isPresent() && !found.get().isRemoved()) {
          return found;
        }
        removed = removed.or(() -> found);
      } catch (PeerException e) {
        log.debug("Cannot ask {} for {} of {}", node, id, key, e);
      }
    }
    return removed;
  }

  /** Whether one of these nodes knows that the cluster agreed on a version. */
  boolean isConfirmedAt(ObjectKey key, VersionId id, List<String> nodes) {
    return nodes.stream()
        .anyMatch(node ->
            findVersion(key, id, List.of(node))
                .filter(version -> version.state() == VersionState.CONFIRMED)
                .isPresent());
  }

  /** Whether the cluster agreed on a version, as far as some nodes can tell. */
  enum Agreed {
    YES,
    NO,
    /** One of them does not answer, or does not know yet. */
    UNKNOWN
  }

  Agreed agreedAt(ObjectKey key, VersionId id, List<String> nodes) {
    Agreed sum = Agreed.NO;
    for (String node : nodes) {
      try {
        Optional<VersionState> state = of(node).version(key, id).map(VersionRecord::state);
        if (state.filter(VersionState.CONFIRMED::equals).isPresent()) {
          return Agreed.YES;
        }
        if (state.filter(VersionState.STAGED::equals).isPresent()) {
          sum = Agreed.UNKNOWN;
        }
      } catch (PeerException e) {
        log.debug("Cannot ask {} for {} of {}", node, id, key, e);
        sum = Agreed.UNKNOWN;
      }
    }
    return sum;
  }

  /** Whether one of these nodes vouches for a version, see {@link Replica#vouches}. */
  boolean isVouchedFor(ObjectKey key, VersionId id, List<String> nodes) {
    for (String node : nodes) {
      try {
        if (of(node).vouches(key, id)) {
          return true;
        }
      } catch (PeerException e) {
        log.debug("Cannot ask {} for {} of {}", node, id, key, e);
      }
    }
    return false;
  }

  private void serveReaping() {
    network.serve(
        VouchForVersion.class,
        (_, request) ->
            new Done(
                local.vouches(new ObjectKey(request.key()), new VersionId(request.version()))));
    network.serve(
        InspectReaping.class,
        (_, request) -> {
          ReapingPlanner.Copy copy =
              local.reapingCopy(new ObjectKey(request.key()), new VersionId(request.version()));
          return new ReapingInspected(copy.hasTombstone(), copy.open());
        });
    network.serve(
        ForgetKey.class,
        (_, request) -> {
          local.forget(new ObjectKey(request.key()), request.revision());
          return new Done(true);
        });
  }

  private void serve() {
    serveReaping();
    network.serve(
        OfferChunks.class,
        (_, request) ->
            new ChunksMissing(ChunkRefs.pack(local.missing(ChunkRefs.unpack(request.refs())))));
    network.serve(StoreChunk.class, (_, request) -> stored(() -> store(request)));
    network.serve(
        PullChunks.class,
        (_, request) ->
            new ChunksMissing(
                ChunkRefs.pack(local.pull(ChunkRefs.unpack(request.refs()), request.sources()))));
    network.serve(StageVersions.class, (_, request) -> stage(request));
    network.serve(ConfirmVersions.class, (_, request) -> confirm(request));
    network.serve(
        HoldVersion.class,
        (_, request) -> {
          local.hold(
              new ObjectKey(request.key()), new VersionId(request.version()), request.agreed());
          return new Done(true);
        });
    network.serve(
        AcceptVersion.class,
        (_, request) ->
            new Done(local.accept(new ObjectKey(request.key()), new VersionId(request.version()))));
    network.serve(
        UnstageVersion.class,
        (_, request) -> {
          local.unstage(
              new ObjectKey(request.key()),
              new VersionId(request.version()),
              new Dot(request.node(), request.incarnation(), request.counter()));
          return new Done(true);
        });
    network.serve(
        FetchVersion.class,
        (_, request) ->
            new FetchedVersion(
                local
                    .version(new ObjectKey(request.key()), new VersionId(request.version()))
                    .map(VersionRecordCodec::encode)
                    .orElse(new byte[0])));
    network.serve(
        FetchChunk.class,
        (_, request) ->
            new FetchedChunk(
                local.chunk(ChunkRefs.unpack(request.ref()).getFirst()).orElse(new byte[0])));
    network.serve(
        FetchVersions.class,
        (_, request) ->
            new FetchedVersions(
                local.versions(
                    new ObjectKey(request.key()),
                    Optional.of(request.after())
                        .filter(after -> !after.isEmpty())
                        .map(VersionId::new))));
    network.serve(
        FetchHeads.class,
        (_, request) ->
            new FetchedHeads(
                local
                    .heads(
                        request.prefix(),
                        request.from(),
                        Math.min(request.limit(), Replica.HEADS_PAGE))
                    .stream()
                    .map(HeadRow::encode)
                    .toList()));
    serveBranches();
    serveUploads();
  }

  private void serveUploads() {
    network.serve(
        FindKept.class,
        (_, request) ->
            new ChunksMissing(
                ChunkRefs.pack(
                    local.unkept(
                        new UploadId(Bytes.wrap(request.upload())),
                        ChunkRefs.unpack(request.refs())))));
    network.serve(
        KeepChunks.class,
        (_, request) ->
            new ChunksMissing(
                ChunkRefs.pack(
                    local.keepFor(
                        new UploadId(Bytes.wrap(request.upload())),
                        ChunkRefs.unpack(request.refs()),
                        request.bytesMax()))));
    network.serve(
        ProveChunks.class,
        (_, request) ->
            new ChunksMissing(
                ChunkRefs.pack(
                    local.unproven(
                        Bytes.wrap(request.salt()),
                        ChunkRefs.unpack(request.refs(), request.proofs())))));
    network.serve(
        CountKept.class,
        (_, request) -> {
          UploadRows.Kept kept = local.kept(new UploadId(Bytes.wrap(request.upload())));
          return new KeptChunks(kept.chunks(), kept.bytes());
        });
  }

  private void serveBranches() {
    network.serve(
        FetchSight.class,
        (_, request) -> {
          KeySight sight = local.sight(new ObjectKey(request.key()));
          return new FetchedSight(
              sight.head().map(HeadRow::encode).orElse(new byte[0]),
              sight.branches().stream().map(VersionId::value).toList());
        });
    network.serve(
        FetchBranches.class,
        (_, request) ->
            new FetchedBranches(
                local
                    .branches(
                        request.key().isEmpty()
                            ? Optional.empty()
                            : Optional.of(
                                new BranchName(
                                    new ObjectKey(request.key()),
                                    new VersionId(request.version()))))
                    .stream()
                    .map(one -> new BranchSummary(one.key().value(), one.version().value()))
                    .toList()));
  }

  private boolean store(StoreChunk request) {
    local.store(Chunk.of(request.bytes()));
    return true;
  }

  /** All are handed over before the first is waited for: they share a flush. */
  private StagedVersions stage(StageVersions request) {
    List<CompletableFuture<Boolean>> staged =
        request.versions().stream()
            .map(version ->
                Futures.begun(() -> local.stageLater(VersionRecordCodec.decode(version))))
            .toList();
    return new StagedVersions(staged.stream().map(Replicas::staged).toList());
  }

  private static Stored staged(CompletableFuture<Boolean> staged) {
    try {
      return stored(() -> Futures.join(staged));
    } catch (RuntimeException e) {
      log.warn("A record could not be kept", e);
      return new Stored(Status.FAILED);
    }
  }

  private ConfirmedVersions confirm(ConfirmVersions request) {
    List<CompletableFuture<Boolean>> confirmed =
        request.versions().stream()
            .map(one ->
                Futures.begun(() ->
                    local.confirmLater(
                        new ObjectKey(one.key()),
                        new VersionId(one.version()),
                        one.revision(),
                        one.behind())))
            .toList();
    return new ConfirmedVersions(confirmed.stream().map(Replicas::confirmed).toList());
  }

  private static Done confirmed(CompletableFuture<Boolean> confirmed) {
    try {
      return new Done(Futures.join(confirmed));
    } catch (RuntimeException e) {
      log.warn("A version could not be confirmed", e);
      return new Done(false);
    }
  }

  private static Stored stored(BooleanSupplier action) {
    try {
      return new Stored(action.getAsBoolean() ? Status.DURABLE : Status.CHUNKS_MISSING);
    } catch (DiskFullException e) {
      log.warn("Refused a copy: {}", e.getMessage());
      return new Stored(Status.DISK_FULL);
    }
  }
}
