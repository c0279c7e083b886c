// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.metrics;

import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.Gauges;
import dev.holdfast.node.feature.ReadinessCheck;
import dev.holdfast.node.http.Routes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What watches over a node asks: its metrics, whether it lives, and whether it takes work. */
public final class OpsFeature implements Feature {
  private final Metrics metrics;
  private final Path data;
  private final HealthChecks checks;

  /**
   * @param data folder of the node, for the room on its disk
   * @param readiness of all other features
   */
  public OpsFeature(Metrics metrics, Path data, List<ReadinessCheck> readiness) {
    this.metrics = metrics;
    this.data = data;
    this.checks = new HealthChecks(readiness);
  }

  @Override
  public List<Routes> routes() {
    return List.of(new OpsRoutes(metrics, checks));
  }

  @Override
  public boolean servesWithoutState() {
    return true;
  }

  /** Of the file store of this very folder, since a list of mounts is wrong too often. */
  @Override
  public void gauges(Gauges gauges) {
    gauges.gauge("disk.free.bytes", data, folder -> figure(folder, FileStore::getUsableSpace));
    gauges.gauge("disk.size.bytes", data, folder -> figure(folder, FileStore::getTotalSpace));
  }

  private interface Figure {
    long of(FileStore store) throws IOException;
  }

  private static double figure(Path folder, Figure figure) {
    try {
      return figure.of(Files.getFileStore(folder));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Shown as NaN, and logged by the registry.
    }
  }
}
