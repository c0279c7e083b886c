// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.guide;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Opens {@code coordinator: notes}: nodes of one process that agree in its memory. */
public final class NotesCoordinatorFactory implements CoordinatorFactory {
  private static final Map<String, InMemoryCluster> CLUSTERS = new ConcurrentHashMap<>();

  /** Found by {@link java.util.ServiceLoader}. */
  public NotesCoordinatorFactory() {}

  @Override
  public String name() {
    return "notes";
  }

  /**
   * @throws IllegalArgumentException when there is an option: it knows none
   */
  @Override
  public Coordinator open(Settings settings) {
    if (!settings.options().isEmpty()) {
      throw new IllegalArgumentException("Unknown options: " + settings.options().keySet());
    }
    return cluster(settings.clusterId()).open(settings.nodeId());
  }

  static InMemoryCluster cluster(String id) {
    return CLUSTERS.computeIfAbsent(id, _ -> InMemoryCluster.realTime(Duration.ofMillis(500)));
  }
}
