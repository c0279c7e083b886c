// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogTailTest {
  @TempDir private Path folder;

  @Test
  void givesTheLastLinesOfALargeLog() throws IOException {
    Path log = folder.resolve("n1.log");
    Files.writeString(
        log,
        IntStream.range(0, 50_000)
            .mapToObj(i -> "line " + i + " of a log")
            .collect(Collectors.joining("\n")));

    assertThat(LogTail.of(log, 2)).containsExactly("line 49998 of a log", "line 49999 of a log");
  }

  @Test
  void givesAllOfAShortLogAndSaysWhenThereIsNone() throws IOException {
    Path log = Files.writeString(folder.resolve("n1.log"), "only\n");

    assertThat(LogTail.of(log, 40)).containsExactly("only");
    assertThat(LogTail.of(folder.resolve("none.log"), 40).get(0)).contains("no log");
  }
}
