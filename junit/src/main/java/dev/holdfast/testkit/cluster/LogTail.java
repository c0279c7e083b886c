// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The end of a log file, without reading all of it. */
final class LogTail {
  private static final int BYTES_MAX = 256 * 1024;

  private LogTail() {}

  /** At most this many lines; a sentence that says why when there are none. */
  static List<String> of(Path file, int lines) {
    if (!Files.exists(file)) {
      return List.of("(no log at " + file + ")");
    }
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
      long start = Math.max(0, log.length() - BYTES_MAX);
      byte[] end = new byte[(int) (log.length() - start)];
      log.seek(start);
      log.readFully(end);
      List<String> all = new String(end, StandardCharsets.UTF_8).lines().toList();
      return all.subList(Math.max(0, all.size() - lines), all.size());
    } catch (IOException e) {
      return List.of("(cannot read " + file + ": " + e.getMessage() + ")");
    }
  }
}
