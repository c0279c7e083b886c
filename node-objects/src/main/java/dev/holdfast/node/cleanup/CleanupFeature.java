// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cleanup;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.Gauges;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.object.CopyRemover;
import dev.holdfast.node.object.TombstoneReaper;
import dev.holdfast.node.peer.PeerKinds;
import dev.holdfast.node.store.CollectorSettings;
import dev.holdfast.node.store.LocalStore;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Deletes what nothing needs any more. */
public final class CleanupFeature implements Feature {
  public static final PeerKinds PEER_KINDS = PeerKinds.none().feature(520, CleanupMessages.KINDS);

  private final Cleaner cleaner;
  private final BooleanSupplier knowsHeads;

  /**
   * What it needs beside the services.
   *
   * @param reaper forgets old deletions
   * @param remover removes copies of this node
   * @param proof looks at the disks of holders
   * @param rule the policy that lets versions and copies go; none: they stay
   * @param knowsHeads false while heads may be missing here that were agreed on
   */
  public record Setup(
      ClusterView cluster,
      LocalStore store,
      TombstoneReaper reaper,
      CopyRemover remover,
      CopyRemover.Proof proof,
      Optional<CleanupRule> rule,
      CollectorSettings chunks,
      RemovalSettings removals,
      BooleanSupplier knowsHeads) {}

  public CleanupFeature(NodeServices services, Setup setup) {
    this.knowsHeads = setup.knowsHeads();
    Removals removals =
        new Removals(
            new Removals.Parts(
                setup.cluster(),
                services.coordinator(),
                services.peers(),
                setup.store(),
                setup.remover(),
                setup.proof(),
                setup.rule(),
                services.clock(),
                services.nanoTime(),
                services.meter()),
            setup.removals());
    this.cleaner =
        services.open(
            new Cleaner(
                setup.cluster(),
                services.peers(),
                removals,
                setup.reaper(),
                setup.store().collector(setup.chunks(), services.clock()),
                setup.chunks(),
                services.clock(),
                services.nanoTime()));
  }

  @Override
  public List<Routes> routes() {
    return List.of(new CleanupRoutes(new ClusterCleanup(cleaner)));
  }

  @Override
  public boolean servesWithoutState() {
    return true;
  }

  @Override
  public void gauges(Gauges gauges) {
    gauges.gauge("tombstones.kept", cleaner, asked -> asked.state().tombstones());
    gauges.gauge("chunks.trash.bytes", cleaner, asked -> asked.state().inTrashBytes());
    gauges.gauge(
        "cleanup.surplus.bytes", cleaner, asked -> asked.removals().state().surplusBytes());
  }

  @Override
  public void start() {
    cleaner.start(knowsHeads);
  }
}
