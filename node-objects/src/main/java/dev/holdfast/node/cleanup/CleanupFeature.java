// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cleanup;

import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.Gauges;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.object.TombstoneReaper;
import dev.holdfast.node.peer.PeerKinds;
import dev.holdfast.node.store.CollectorSettings;
import dev.holdfast.node.store.LocalStore;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Deletes what nothing needs any more. */
public final class CleanupFeature implements Feature {
  public static final PeerKinds PEER_KINDS = PeerKinds.none().feature(520, CleanupMessages.KINDS);

  private final Cleaner cleaner;
  private final BooleanSupplier knowsHeads;

  /**
   * @param reaper forgets old deletions
   * @param knowsHeads false while heads may be missing here that were agreed on
   */
  public CleanupFeature(
      NodeServices services,
      ClusterView cluster,
      LocalStore store,
      TombstoneReaper reaper,
      CollectorSettings settings,
      BooleanSupplier knowsHeads) {
    this.knowsHeads = knowsHeads;
    this.cleaner =
        services.open(
            new Cleaner(
                cluster,
                services.peers(),
                reaper,
                store.collector(settings, services.clock()),
                settings,
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
  }

  @Override
  public void start() {
    cleaner.start(knowsHeads);
  }
}
