// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Settings;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node keeps about its ensemble, before it has reached any server. */
final class ZkFolderTest {
  @TempDir Path temp;

  private final ZkCoordinatorFactory factory = new ZkCoordinatorFactory();

  private void prepare(String cluster) {
    factory.prepare(
        new Settings(
            "n1",
            "i1",
            temp.resolve("own"),
            "127.0.0.1:1",
            List.of(),
            cluster,
            Map.of("connect", "127.0.0.1:1"),
            _ -> {},
            Meter.NONE));
  }

  /**
   * Else another coordinator could take the folder for an empty one, however short this one ran.
   */
  @Test
  void isTheClustersFromTheFirstStartOn() {
    prepare("c1");
    assertThat(temp.resolve("own").resolve("zookeeper")).hasContent("c1 0");

    prepare("c1");
    assertThatThrownBy(() -> prepare("c2"))
        .isInstanceOf(CoordinatorFailedException.class)
        .hasMessageContaining("is of cluster c1, this node is of c2");
  }

  @Test
  void isNotUsedWhenAnotherCoordinatorLeftSomethingThere() throws Exception {
    Path log = Files.createDirectories(temp.resolve("own").resolve("log"));

    assertThatThrownBy(() -> prepare("c1"))
        .isInstanceOf(CoordinatorFailedException.class)
        .hasMessageContaining("is not of the coordinator zookeeper, it has [log]")
        .hasMessageContaining("Move the whole folder away");
    assertThat(log).isDirectory();
    assertThat(temp.resolve("own").resolve("zookeeper")).doesNotExist();
  }

  @Test
  void isLeftAloneWhenAnOptionIsWrong() {
    assertThatThrownBy(() ->
            factory.prepare(
                new Settings(
                    "n1",
                    "i1",
                    temp.resolve("own"),
                    "127.0.0.1:1",
                    List.of(),
                    "c1",
                    Map.of("conect", "127.0.0.1:1"),
                    _ -> {},
                    Meter.NONE)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(temp.resolve("own")).doesNotExist();
  }
}
