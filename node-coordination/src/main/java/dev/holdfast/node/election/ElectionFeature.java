// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.election;

import dev.holdfast.node.feature.Chore;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.transact.Homes;
import java.time.Duration;
import java.util.List;

/** Elections: who leads, and what it proclaims. */
public final class ElectionFeature implements Feature {
  private static final Duration SWEEP_EVERY = Duration.ofSeconds(30);

  private final ElectionService elections;
  private final ProclamationSweeper sweeper;

  public ElectionFeature(NodeServices services, Homes homes) {
    this.elections =
        new ElectionService(services.coordinator(), services.meter(), services.nanoTime());
    this.sweeper = new ProclamationSweeper(services.coordinator(), elections, homes);
  }

  public ElectionService service() {
    return elections;
  }

  @Override
  public List<Routes> routes() {
    return List.of(new ElectionRoutes(elections));
  }

  @Override
  public List<Chore> chores() {
    return List.of(new Chore(SWEEP_EVERY, "sweep proclamations", sweeper));
  }
}
