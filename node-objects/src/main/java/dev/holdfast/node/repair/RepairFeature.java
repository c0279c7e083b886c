// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import dev.holdfast.core.replication.RepairPlanner.Fault;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.Gauges;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.object.CopyRemover;
import dev.holdfast.node.object.ReplicaMover;
import dev.holdfast.node.peer.PeerKinds;
import dev.holdfast.node.store.LocalStore;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Audits of copies, replacement of those of dead nodes, and what placement would do. */
public final class RepairFeature implements Feature {
  public static final PeerKinds PEER_KINDS = PeerKinds.none().feature(500, RepairMessages.KINDS);

  private final Auditor auditor;
  private final String policyName;
  private final BooleanSupplier knowsHeads;

  /**
   * What it needs beside the services.
   *
   * @param policy guarded: throws nothing, and answers in time
   * @param copies wanted of every object
   * @param knowsHeads false while heads may be missing here that were agreed on
   */
  public record Setup(
      ClusterView cluster,
      LocalStore store,
      ReplicaMover mover,
      String policyName,
      PlacementPolicy policy,
      int copies,
      RepairSettings repair,
      BooleanSupplier knowsHeads) {}

  public RepairFeature(NodeServices services, Setup setup) {
    this.policyName = setup.policyName();
    this.knowsHeads = setup.knowsHeads();
    this.auditor =
        services.open(
            new Auditor(
                new Auditor.Parts(
                    setup.cluster(),
                    services.coordinator(),
                    services.peers(),
                    setup.mover(),
                    setup.store(),
                    setup.policy(),
                    setup.copies(),
                    services.clock(),
                    services.nanoTime(),
                    services.meter()),
                setup.repair()));
  }

  /** What the disks of holders have, looked at now. */
  public CopyRemover.Proof proof() {
    return auditor.proof();
  }

  @Override
  public List<Routes> routes() {
    return List.of(
        new RepairRoutes(new ClusterAudit(auditor)),
        new PlacementRoutes(new PlacementAnswers(auditor, policyName)));
  }

  @Override
  public boolean servesWithoutState() {
    return true;
  }

  /** Of the keys that this node is responsible for. */
  @Override
  public void gauges(Gauges gauges) {
    gauges.gauge("audit.keys", auditor, asked -> asked.state().keys());
    gauges.gauge("audit.under.replicated", auditor, asked -> asked.count(Fault.UNDER_REPLICATED));
    gauges.gauge("audit.over.replicated", auditor, asked -> asked.count(Fault.OVER_REPLICATED));
    gauges.gauge("audit.misplaced", auditor, asked -> asked.count(Fault.MISPLACED));
    gauges.gauge("audit.unreachable", auditor, asked -> asked.count(Fault.UNREACHABLE));
  }

  @Override
  public void start() {
    auditor.start(knowsHeads);
  }
}
