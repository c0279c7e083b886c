// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.holdfast.node.config.ConfigException;
import dev.holdfast.node.config.NodeConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeProcessTest {
  @TempDir private Path temp;

  private Path file() throws Exception {
    return Files.writeString(
        temp.resolve("holdfast.yaml"),
        "node: {id: of-file, data: /d, api: '127.0.0.1:7001', labels: {a: '1'}}\n");
  }

  @Test
  void theFileIsEnough() throws Exception {
    NodeConfig config = NodeProcess.read(List.of("--config", file().toString()), Map.of());

    assertThat(config.id()).isEqualTo("of-file");
    assertThat(config.api().port()).isEqualTo(7001);
    assertThat(NodeProcess.read(List.of(), Map.of("HOLDFAST_CONFIG", file().toString())).id())
        .isEqualTo("of-file");
  }

  @Test
  void theEnvironmentWinsOverTheFileAndTheCommandLineOverBoth() throws Exception {
    Map<String, String> environment = Map.of("HOLDFAST_NODE_API", "127.0.0.1:7002");
    List<String> inFile = List.of("--config", file().toString());
    List<String> inBoth =
        List.of("--config", file().toString(), "--api", "127.0.0.1:7003", "--labels", "");

    assertThat(NodeProcess.read(inFile, environment).api().port()).isEqualTo(7002);
    assertThat(NodeProcess.read(inBoth, environment).api().port()).isEqualTo(7003);
    assertThat(NodeProcess.read(inBoth, environment).labels()).isEmpty();
  }

  @Test
  void whatIsMissingIsNamedWithEachPlaceForIt() {
    ConfigException failure =
        catchThrowableOfType(ConfigException.class, () -> NodeProcess.read(List.of(), Map.of()));

    assertThat(failure.errors())
        .containsExactly(
            "node.id is needed: --id, HOLDFAST_NODE_ID in the environment, or node.id in the file of --config",
            "node.data is needed: --data, HOLDFAST_NODE_DATA in the environment, or node.data in the file of --config");
  }
}
