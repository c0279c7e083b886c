// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.Gauges;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.fence.Fences;
import dev.holdfast.node.http.Routes;
import java.util.List;

/** Maps: small values that the cluster agrees on, and those who watch them. */
public final class MapFeature implements Feature {
  private final Fences fences;
  private final MapBoard board;
  private final MapService maps;

  /**
   * @param stateBytesMax of the keys and values of all maps
   */
  public MapFeature(NodeServices services, Fences fences, long stateBytesMax) {
    this.fences = fences;
    this.board =
        services.open(new MapBoard(services.coordinator(), services.random(), services.meter()));
    this.maps = new MapService(services.coordinator(), board, stateBytesMax);
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
    gauges.gauge("map.watches", board, MapBoard::watches);
  }
}
