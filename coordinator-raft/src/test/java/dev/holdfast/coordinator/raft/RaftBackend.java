// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.testkit.contract.Backend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A {@link RaftCluster} for the contract, with so small a log that snapshots happen. */
final class RaftBackend implements Backend {
  private final int nodes;
  private final Path folder;
  private final RaftCluster cluster;
  private final UnaryOperator<Coordinator> view;

  RaftBackend(int nodes) {
    this(nodes, UnaryOperator.identity());
  }

  /**
   * @param view of a coordinator, that the contract is tested through
   */
  RaftBackend(int nodes, UnaryOperator<Coordinator> view) {
    this.nodes = nodes;
    this.view = view;
    try {
      this.folder = Files.createTempDirectory("raft-contract");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.cluster =
        RaftCluster.start(
            folder,
            nodes,
            Map.of(
                "leaseTtl", "1500ms",
                "snapshotEntries", "500",
                "logTailEntries", "100",
                "logSegmentBytes", "64KiB"));
  }

  private static String name(int index) {
    return "n" + (index + 1);
  }

  @Override
  public int nodes() {
    return nodes;
  }

  @Override
  public Coordinator node(int index) {
    return view.apply(cluster.node(name(index)));
  }

  @Override
  public boolean canRestart() {
    return true;
  }

  @Override
  public void stop(int index) {
    cluster.stop(name(index));
  }

  @Override
  public void start(int index) {
    var _ = cluster.open(name(index));
  }

  @Override
  public boolean canEndLease() {
    return true;
  }

  @Override
  public void endLease(int index) {
    RaftCoordinator victim = cluster.node(name(index));
    victim.endLease(victim.lease().id());
  }

  @Override
  public void close() {
    cluster.close();
    try {
      Folders.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
