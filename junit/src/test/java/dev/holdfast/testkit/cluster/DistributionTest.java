// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DistributionTest {
  @TempDir private Path folder;

  @Test
  void isFoundFromAnyFolderBelow() throws IOException {
    Path built = FakeDistribution.in(folder.resolve("cli/target/holdfast"));
    Path module = Files.createDirectories(folder.resolve("testkit/target"));

    assertThat(Distribution.search(module)).isEqualTo(built);
    assertThat(Distribution.search(folder)).isEqualTo(built);
  }

  @Test
  void saysHowToGetOneWhenThereIsNone() {
    assertThatThrownBy(() -> Distribution.search(folder))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("mvn -pl cli")
        .hasMessageContaining("-Dholdfast.home");
  }

  @Test
  void aFolderWithoutALauncherIsNone() {
    System.setProperty(Distribution.HOME_PROPERTY, folder.toString());
    try {
      assertThatThrownBy(Distribution::home).hasMessageContaining("has no bin/holdfast");
    } finally {
      System.clearProperty(Distribution.HOME_PROPERTY);
    }
  }
}
