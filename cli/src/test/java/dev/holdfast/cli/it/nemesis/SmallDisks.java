// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The disks that a run fills. */
final class SmallDisks implements AutoCloseable {
  private final Map<String, SmallDisk> byProcess = new HashMap<>();

  private SmallDisks() {}

  /** A disk for {@code data/NAME} of each of these processes, before they start. */
  static SmallDisks mount(Path data, Set<String> processes) {
    SmallDisks disks = new SmallDisks();
    try {
      processes.forEach(
          process -> disks.byProcess.put(process, new SmallDisk(data.resolve(process))));
      return disks;
    } catch (RuntimeException e) {
      disks.close();
      throw e;
    }
  }

  Optional<SmallDisk> of(String process) {
    return Optional.ofNullable(byProcess.get(process));
  }

  @Override
  public void close() {
    byProcess.values().forEach(SmallDisk::close);
  }
}
