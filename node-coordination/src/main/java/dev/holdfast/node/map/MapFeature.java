// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import dev.holdfast.node.feature.Chore;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.Gauges;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.transact.Homes;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Maps: small values that the cluster agrees on, and those who watch them. */
public final class MapFeature implements Feature {
  private static final Duration EPHEMERALS_EVERY = Duration.ofMillis(250);

  private final Fences fences;
  private final MapBoard board;
  private final MapService maps;
  private final EphemeralEntries ephemerals;
  private final BooleanSupplier hasState;

  /**
   * @param stateBytesMax of the keys and values of all maps
   * @param hasState false while sessions and entries of another cluster may still come
   */
  public MapFeature(
      NodeServices services,
      Fences fences,
      Homes homes,
      long stateBytesMax,
      BooleanSupplier hasState) {
    this.fences = fences;
    this.hasState = hasState;
    this.board =
        services.open(new MapBoard(services.coordinator(), services.random(), services.meter()));
    this.maps = new MapService(services.coordinator(), board, stateBytesMax);
    this.ephemerals =
        services.open(new EphemeralEntries(services.coordinator(), homes, services.nanoTime()));
  }

  public MapService service() {
    return maps;
  }

  @Override
  public List<Routes> routes() {
    return List.of(new MapRoutes(maps, fences));
  }

  @Override
  public void gauges(Gauges gauges) {
    gauges.gauge("map.bytes", board, MapBoard::bytes);
    gauges.gauge("map.ephemeral", ephemerals, EphemeralEntries::count);
    gauges.gauge("map.watches", board, MapBoard::watches);
  }

  @Override
  public List<Chore> chores() {
    return List.of(
        new Chore(
            EPHEMERALS_EVERY,
            "delete entries that are over",
            () -> {
              if (hasState.getAsBoolean()) {
                ephemerals.run();
              }
            }));
  }
}
