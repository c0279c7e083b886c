// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** File, environment, command line, in that order of weight: for each key that there is. */
final class ConfigPrecedenceTest {
  @TempDir private Path temp;

  static List<String> keys() {
    return ConfigKeys.ALL.stream()
        .map(key -> key.isPassedThrough() ? key.name().replace(".*", ".some.key") : key.name())
        .toList();
  }

  private String read(String key, String file, String environment, String flag) throws Exception {
    List<String> errors = new ArrayList<>();
    ConfigValues values = new ConfigValues(errors);
    if (!file.isEmpty()) {
      StringBuilder yaml = new StringBuilder();
      String[] names = key.split("\\.");
      for (int depth = 0; depth < names.length; depth++) {
        yaml.append("  ".repeat(depth)).append(names[depth]).append(':');
        yaml.append(depth == names.length - 1 ? " " + file : "\n");
      }
      values.readFile(Files.writeString(temp.resolve("f.yaml"), yaml));
    }
    ConfigKey line =
        ConfigKeys.ALL.stream().filter(one -> one.covers(key)).findFirst().orElseThrow();
    if (!environment.isEmpty() && !line.isPassedThrough()) {
      values.readEnvironment(Map.of(line.variable(), environment));
    }
    if (!flag.isEmpty()) {
      values.readFlags(Map.of(key, new NodeConfig.Flag("--set", flag)));
    }
    assertThat(errors).isEmpty();
    return values.get(key).map(ConfigValues.Value::text).orElse("");
  }

  @ParameterizedTest
  @MethodSource("keys")
  void theWeightierSourceWins(String key) throws Exception {
    boolean hasVariable = ConfigKeys.ALL.stream().anyMatch(one -> one.name().equals(key));

    assertThat(read(key, "f", "", "")).isEqualTo("f");
    assertThat(read(key, "f", "e", "")).isEqualTo(hasVariable ? "e" : "f");
    assertThat(read(key, "f", "e", "c")).isEqualTo("c");
    assertThat(read(key, "", "e", "c")).isEqualTo("c");
  }
}
