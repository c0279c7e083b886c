// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.folder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process that cannot be mistaken for another: pids are reused, the moment of a start is not.
 *
 * @param pid of the process
 * @param started Linux: boot id and clock ticks since boot (the wall clock may be set, this may
 *     not); elsewhere the start time in milliseconds
 */
public record ProcessStamp(long pid, String started) {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /** In /proc/PID/stat, counted after the closing bracket of the name: field 22 of the line. */
  private static final int START_TIME_AFTER_NAME = 19;

  public static Optional<ProcessStamp> of(long pid) {
    return startOf(pid).map(started -> new ProcessStamp(pid, started));
  }

  /** The process, if it is still that one. A dead one that waits for its parent counts as gone. */
  public Optional<ProcessHandle> alive() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(handle -> startOf(pid).filter(started::equals).isPresent());
  }

  private static Optional<String> startOf(long pid) {
    Path stat = Path.of("/proc", Long.toString(pid), "stat");
    if (Files.exists(BOOT_ID)) {
      try {
        String line = Files.readString(stat);
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
        boolean zombie = fields[0].equals("Z");
        return zombie
            ? Optional.empty()
            : Optional.of(Files.readString(BOOT_ID).strip() + "/" + fields[START_TIME_AFTER_NAME]);
      } catch (IOException e) {
        return Optional.empty(); // It ended: its folder in /proc is gone.
      }
    }
    return ProcessHandle.of(pid)
        .flatMap(handle -> handle.info().startInstant())
        .map(instant -> Long.toString(instant.toEpochMilli()));
  }
}
