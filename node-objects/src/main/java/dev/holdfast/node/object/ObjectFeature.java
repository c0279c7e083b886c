// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.cluster.Membership;
import dev.holdfast.node.cluster.Removal;
import dev.holdfast.node.data.DataFolder;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.Gauges;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.peer.PeerKinds;
import dev.holdfast.node.store.LocalStore;
import dev.holdfast.node.store.StoreIdentity;
import dev.holdfast.node.store.StoreSettings;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Objects: requests, and the upkeep of their replicas on this node. */
public final class ObjectFeature implements Feature {
  public static final PeerKinds PEER_KINDS = PeerKinds.none().feature(100, ObjectMessages.KINDS);

  private final NodeServices services;
  private final LocalStore store;
  private final ObjectStorage objects;
  private final BooleanSupplier knowsHeads;

  /**
   * What it needs beside the services.
   *
   * @param store from {@link #openStore}
   * @param knowsHeads false while heads may be missing here that were agreed on
   * @param policyName recorded with each head
   * @param policy guarded: throws nothing, and answers in time
   * @param conflicts told once of each branch that does not come after the confirmed head
   * @param merges what merges branches; the first that handles a type does. None: by hand
   */
  public record Setup(
      ClusterView cluster,
      LocalStore store,
      BooleanSupplier knowsHeads,
      Fences fences,
      String policyName,
      PlacementPolicy policy,
      ObjectSettings settings,
      ConflictListener conflicts,
      List<MergeRule> merges) {}

  /**
   * Opens what this node keeps of objects, before it registers as a member: that tells the others
   * whether its copies are still there.
   *
   * @param onFatal told when nothing may be acknowledged any more
   */
  public static LocalStore openStore(
      NodeServices services, DataFolder data, Consumer<Throwable> onFatal) {
    LocalStore store =
        services.open(
            LocalStore.open(
                data.objectsFolder(),
                new StoreIdentity(services.self(), data.objectsIncarnation(), data.formerObjects()),
                StoreSettings.DEFAULT,
                services.meter(),
                services.nanoTime(),
                onFatal::accept));
    data.objectsAreKept();
    return store;
  }

  /** What the cluster asks of the copies here when this node registers. */
  public static Membership.Copies copies(LocalStore store) {
    return new Membership.Copies() {
      @Override
      public boolean areNew() {
        return !store.isAnnounced();
      }

      @Override
      public void announced() {
        store.announced();
      }
    };
  }

  public ObjectFeature(NodeServices services, Setup setup) {
    this.services = services;
    this.store = setup.store();
    this.knowsHeads = setup.knowsHeads();
    this.objects =
        services.open(
            new ObjectStorage(
                new ObjectStorage.Parts(
                    setup.cluster(),
                    services.coordinator(),
                    services.peers(),
                    setup.fences(),
                    setup.policyName(),
                    setup.policy(),
                    store,
                    services.clock(),
                    services.nanoTime(),
                    services.random(),
                    setup.conflicts(),
                    setup.merges()),
                setup.settings()));
  }

  /**
   * Moves copies off a node that is draining, for a while; blocking.
   *
   * @throws dev.holdfast.spi.coordinator.UnavailableException to be asked again
   */
  public Removal.Drained drain(String nodeId) {
    return objects.drain(nodeId);
  }

  /** Forgets old deletions, for what cleans up. */
  public TombstoneReaper reaper() {
    return objects.reaper();
  }

  /** Moves replicas, for what repairs. */
  public ReplicaMover mover() {
    return objects.mover();
  }

  /** Removes copies of this node that nobody needs, for cleanup. */
  public CopyRemover remover() {
    return objects.remover();
  }

  @Override
  public List<Routes> routes() {
    UploadRoutes uploads = new UploadRoutes(objects.service(), objects.uploads(), services.clock());
    ObjectRoutes routes = new ObjectRoutes(objects.service(), uploads, services.clock());
    return List.of(
        routes,
        new VersionRoutes(objects.service(), routes),
        new QuarantineRoutes(objects.quarantine()),
        uploads);
  }

  @Override
  public void gauges(Gauges gauges) {
    gauges.gauge("objects.stored", store, stored -> stored.records().versionCount());
    gauges.gauge("objects.queued", objects, ObjectStorage::queuedCopies);
    gauges.gauge("objects.staged", objects, ObjectStorage::stagedRecords);
    gauges.gauge("objects.branches", objects, ObjectStorage::branches);
    gauges.gauge("objects.quarantined", objects, ObjectStorage::quarantined);
    gauges.gauge("objects.uploads", objects, ObjectStorage::openUploads);
    gauges.gauge("objects.comparisons", objects, ObjectStorage::comparisons);
  }

  @Override
  public void start() {
    objects.start(knowsHeads);
  }
}
