// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That it survives a power cut is tested with the stores that use it. */
final class DurableFilesTest {
  @TempDir private Path folder;

  @Test
  void replacesAFileAndLeavesNothingBesideIt() throws IOException {
    Path file = folder.resolve("marker");
    // What a crash left.
    Files.writeString(folder.resolve("marker" + DurableFiles.TEMPORARY), "half of it and more");

    DurableFiles.replace(file, "old".getBytes(StandardCharsets.UTF_8));
    DurableFiles.replace(file, "new".getBytes(StandardCharsets.UTF_8));

    assertThat(file).hasContent("new");
    assertThat(folder).isDirectoryContaining(file::equals);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aFailureLeavesTheOldFile() throws IOException {
    Path file = folder.resolve("marker");
    DurableFiles.replace(file, "old".getBytes(StandardCharsets.UTF_8));
    Files.createDirectory(folder.resolve("marker" + DurableFiles.TEMPORARY));

    assertThatThrownBy(() -> DurableFiles.replace(file, "new".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
    assertThat(file).hasContent("old");
  }

  @Test
  void syncsFilesAndFolders() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "a");

    DurableFiles.sync(file);
    DurableFiles.sync(folder);
    DurableFiles.syncParent(file);

    assertThatThrownBy(() -> DurableFiles.sync(folder.resolve("missing")))
        .isInstanceOf(IOException.class);
  }
}
