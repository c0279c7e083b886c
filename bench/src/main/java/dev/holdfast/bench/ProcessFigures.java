// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What processes have used, as /proc tells it.
 *
 * @param cpu user and system time together
 * @param writtenBytes that they caused to be written to disk
 * @param residentBytes now
 */
record ProcessFigures(Duration cpu, long writtenBytes, long residentBytes) {
  private static final int TICKS_PER_SECOND = 100;

  static ProcessFigures of(List<Long> pids) throws IOException {
    long ticks = 0;
    long written = 0;
    long resident = 0;
    for (long pid : pids) {
      Path folder = Path.of("/proc/" + pid);
      String stat = Files.readString(folder.resolve("stat"));
      // After the name, which may hold blanks: state is the first, utime the 12th, stime the 13th.
      String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      ticks += Long.parseLong(words[11]) + Long.parseLong(words[12]);
      written += number(folder.resolve("io"), "write_bytes:");
      resident += number(folder.resolve("status"), "VmRSS:") * 1024;
    }
    return new ProcessFigures(
        Duration.ofMillis(ticks * 1_000 / TICKS_PER_SECOND), written, resident);
  }

  private static long number(Path file, String name) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElse(0);
  }

  /** What was used since an earlier look; the memory of now. */
  ProcessFigures since(ProcessFigures earlier) {
    return new ProcessFigures(
        cpu.minus(earlier.cpu), writtenBytes - earlier.writtenBytes, residentBytes);
  }
}
