// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.apache.zookeeper.ZooKeeper;

/** Coordinators on one ensemble. */
final class ZkNodes implements AutoCloseable {
  static final Duration DEADLINE = Duration.ofSeconds(30);

  private final Path folder;
  private final Map<String, ZkCoordinator> nodes = new HashMap<>();
  private final Queue<CoordinatorFailedException> failures = new ConcurrentLinkedQueue<>();
  private String clusterId = "test";

  ZkNodes() {
    try {
      this.folder = Files.createTempDirectory("zk-nodes");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ZkNodes ofCluster(String id) {
    clusterId = id;
    return this;
  }

  Map<String, String> options(String connect) {
    return Map.of(
        "connect",
        connect,
        "sessionTimeout",
        "3s",
        "juteMaxBuffer",
        "4MiB",
        "connectionTimeout",
        "10s");
  }

  ZkCoordinator open(String name, String connect) {
    return open(name, options(connect), Plan.DATA_VERSION_MAX);
  }

  ZkCoordinator open(String name, Map<String, String> options, int dataVersionMax) {
    return open(name, options, dataVersionMax, Generation.Handles.PLAIN);
  }

  ZkCoordinator open(
      String name, Map<String, String> options, int dataVersionMax, Generation.Handles handles) {
    ZkCoordinator node =
        ZkCoordinatorFactory.openZk(
            new CoordinatorFactory.Settings(
                name,
                "incarnation-" + name,
                folder.resolve(name),
                "127.0.0.1:1",
                List.of(),
                clusterId,
                options,
                failures::add,
                Meter.NONE),
            dataVersionMax,
            handles);
    nodes.put(name, node);
    return node;
  }

  ZkCoordinator get(String name) {
    ZkCoordinator node = nodes.get(name);
    if (node == null) {
      throw new IllegalStateException(name + " is not open");
    }
    return node;
  }

  void stop(String name) {
    get(name).close();
  }

  /** As if this node had heard of a later commit than there was. */
  void rememberRevision(String name, long revision) throws IOException {
    Files.writeString(folder.resolve(name).resolve("zookeeper"), clusterId + " " + revision);
  }

  Queue<CoordinatorFailedException> failures() {
    return failures;
  }

  /** The servers end the session of a node, though its process lives on. */
  static void expire(ZkCoordinator node, String connect) {
    ZkSession session = node.link().session();
    if (session == null) {
      throw new IllegalStateException("No session");
    }
    try {
      ZooKeeper twin = new ZooKeeper(connect, 3_000, _ -> {}, session.id(), session.password());
      Await.until(DEADLINE, "the twin connects", () -> twin.getState().isConnected());
      twin.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    nodes.values().forEach(ZkCoordinator::close);
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
