// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.node.config.NodeConfig;
import dev.holdfast.node.data.DataFolder;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.NodeLinks;
import dev.holdfast.spi.coordinator.Voters;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.function.Consumer;

/** The coordinator that the configuration names, on the way from its name to agreement. */
record Backend(CoordinatorFactory factory, NodeConfig config, DataFolder data) {

  /**
   * @throws IllegalArgumentException for a name that no backend has
   */
  static Backend named(NodeConfig config, DataFolder data) {
    CoordinatorFactory factory =
        ServiceLoader.load(CoordinatorFactory.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(candidate -> candidate.name().equals(config.coordinator()))
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "There is no coordinator named " + config.coordinator()));
    return new Backend(factory, config, data);
  }

  String name() {
    return factory.name();
  }

  /**
   * Throws when the options are wrong, or when the folder belongs to another backend or has lost
   * what this one kept there.
   *
   * @param incarnation that the node takes when the loss is known and harmless
   */
  void requireUsable(String incarnation) {
    factory.requireOptions(config.coordinatorOptions());
    data.checkCoordinator(factory.name(), factory::isLost, incarnation);
  }

  /** After the founding has bound the data folder to a cluster. */
  Coordinator open(Meter meter, NodeLinks links, Consumer<Throwable> onFatal)
      throws IOException, InterruptedException {
    CoordinatorFactory.Settings settings = settings(meter, links, onFatal);
    factory.prepare(settings);
    // Between the two: there is something that can be lost, and nothing has voted yet.
    data.coordinatorRuns(factory.name());
    return factory.open(settings);
  }

  private CoordinatorFactory.Settings settings(
      Meter meter, NodeLinks links, Consumer<Throwable> onFatal) {
    List<Voters.Member> founders =
        data.founders().stream()
            .map(one -> new Voters.Member(one.id(), one.incarnation(), one.raft(), true))
            .toList();
    return new CoordinatorFactory.Settings(
        config.id(),
        data.incarnation(),
        data.coordinatorFolder(),
        config.raftAddress().toString(),
        founders,
        Objects.requireNonNull(data.cluster(), "bound by the founding"),
        config.coordinatorOptions(),
        onFatal::accept,
        meter,
        links);
  }
}
