// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.primitive;

import dev.holdfast.core.Keys;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.peer.PeerKinds;
import dev.holdfast.node.transact.EntryLimit;
import dev.holdfast.node.transact.Homes;
import java.util.List;

/** Counters, latches and barriers. */
public final class PrimitiveFeature implements Feature {
  public static final PeerKinds PEER_KINDS = PeerKinds.none().feature(300, PrimitiveMessages.KINDS);

  private final Primitives primitives;

  /** How many of each the cluster may have. */
  public record Limits(int counters, int latches, int barriers) {}

  public PrimitiveFeature(NodeServices services, Homes homes, Limits most) {
    Primitives.Limits limits =
        new Primitives.Limits(
            limit(services, Keys.COUNTERS, "counter.max", most.counters()),
            limit(services, Keys.LATCHES, "latch.max", most.latches()),
            limit(services, Keys.BARRIERS, "barrier.max", most.barriers()));
    this.primitives =
        services.open(
            new Primitives(
                services.coordinator(),
                services.peers(),
                homes,
                services.self(),
                limits,
                services.meter(),
                services.nanoTime()));
  }

  private static EntryLimit limit(NodeServices services, String prefix, String name, int most) {
    return new EntryLimit(services.coordinator(), prefix, name, most, services.random());
  }

  public Primitives service() {
    return primitives;
  }

  @Override
  public List<Routes> routes() {
    return List.of(new PrimitiveRoutes(primitives));
  }
}
