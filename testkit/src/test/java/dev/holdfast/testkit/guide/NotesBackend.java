// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.guide;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Settings;
import dev.holdfast.testkit.contract.Backend;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** Three nodes, as the contract wants them. */
final class NotesBackend implements Backend {
  private static final String CLUSTER = "contract";

  private final Path folder;
  private final List<Coordinator> nodes = new ArrayList<>();

  NotesBackend(Path folder) {
    this.folder = folder;
    for (int index = 0; index < 3; index++) {
      nodes.add(open(index));
    }
  }

  /** As a node does it. */
  private Coordinator open(int index) {
    CoordinatorFactory factory =
        ServiceLoader.load(CoordinatorFactory.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(candidate -> candidate.name().equals("notes"))
            .findFirst()
            .orElseThrow();
    String id = "n" + (index + 1);
    return factory.open(
        new Settings(
            id,
            "incarnation-of-" + id,
            folder.resolve(id),
            "127.0.0.1:0",
            List.of(),
            CLUSTER,
            Map.of(),
            failure -> {
              throw new AssertionError("The process of " + id + " would end", failure);
            },
            Meter.NONE));
  }

  @Override
  public int nodes() {
    return nodes.size();
  }

  @Override
  public Coordinator node(int index) {
    return nodes.get(index);
  }

  @Override
  public boolean canRestart() {
    return true;
  }

  @Override
  public void stop(int index) {
    nodes.get(index).close();
  }

  @Override
  public void start(int index) {
    nodes.set(index, open(index));
  }

  @Override
  public boolean canEndLease() {
    return true;
  }

  @Override
  public void endLease(int index) {
    NotesCoordinatorFactory.cluster(CLUSTER).endLease("n" + (index + 1));
  }

  @Override
  public void close() {
    nodes.forEach(Coordinator::close);
  }
}
