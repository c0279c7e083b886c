// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was found rotten in a store: counted as {@code chunks.corrupt} and {@code rows.corrupt},
 * kept aside for whoever looks into the disk, and reported to whoever can heal it. Thread-safe.
 */
final class Damage {
  private static final Logger log = LoggerFactory.getLogger(Damage.class);

  private final Path quarantine;
  private final Meter meter;
  private volatile DamageListener listener = NOBODY;

  private static final DamageListener NOBODY =
      new DamageListener() {
        @Override
        public void chunk(ChunkRef ref) {}

        @Override
        public void row() {}
      };

  /**
   * @param quarantine for rows; made when missing
   */
  Damage(Path quarantine, Meter meter) {
    this.quarantine = quarantine;
    this.meter = meter;
  }

  void listener(DamageListener next) {
    listener = next;
  }

  void chunk(ChunkRef ref) {
    meter.count("chunks.corrupt", 1);
    listener.chunk(ref);
  }

  /**
   * @param table for the log
   */
  void row(String table, byte[] key, byte[] row) {
    meter.count("rows.corrupt", 1);
    Path aside = quarantine.resolve(table + "-" + Sha256.of(key).toHex());
    log.error("A row of {} is damaged on this disk: a copy of it is in {}", table, aside);
    try {
      Files.createDirectories(quarantine);
      Files.write(aside, row);
    } catch (IOException e) {
      log.warn("Cannot keep a copy of the damaged row in {}", aside, e);
    }
    listener.row();
  }
}
