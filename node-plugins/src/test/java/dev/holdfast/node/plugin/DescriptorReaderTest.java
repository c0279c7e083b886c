// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.node.plugin.PluginDescriptor.ConfigType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DescriptorReaderTest {
  private static final String GOOD =
      """
      id: my-plugin
      version: 1.2.3-rc.1
      spi: ">=1.0 <2"
      entry: org.example.My$Entry
      java: 25
      required: true
      config:
        retries: {type: long, default: 3, doc: How often.}
        share: {type: double, default: 0.5, doc: How much.}
        name: {type: string, required: true, doc: Who.}
        loud: {type: boolean, default: false, doc: Whether.}
      """;

  @Test
  void readsEverythingThatADescriptorSays() throws PluginRefusedException {
    PluginDescriptor descriptor = DescriptorReader.read(GOOD);

    assertThat(descriptor.idAndVersion()).isEqualTo("my-plugin@1.2.3-rc.1");
    assertThat(descriptor.entry()).isEqualTo("org.example.My$Entry");
    assertThat(descriptor.java()).isEqualTo(25);
    assertThat(descriptor.required()).isTrue();
    assertThat(descriptor.config().keySet()).containsExactly("retries", "share", "name", "loud");
    assertThat(Objects.requireNonNull(descriptor.config().get("retries")).defaultValue())
        .contains(3L);
    assertThat(Objects.requireNonNull(descriptor.config().get("share")).type())
        .isEqualTo(ConfigType.DOUBLE);
  }

  @Test
  void tellsAllProblemsAtOnceEachWithItsPlace() {
    assertThat(
            problems(
                """
                id: My Plugin
                verison: 1.0.0
                spi: "^1.0"
                entry: 7
                java: 1
                id: again
                config:
                  retries:
                    type: int
                    default: 3
                """))
        .contains(
            "plugin.yaml:1:5: 'id': 'My Plugin' is not an id: 1 to 64 of a-z, 0-9 and '-'.",
            "plugin.yaml:2:1: Unknown key 'verison'; did you mean 'version'?",
            "plugin.yaml:1:1: 'version' is missing.",
            "plugin.yaml:4:8: 'entry': '7' is not the full name of a class.",
            "plugin.yaml:5:7: 'java': 1 is below 17.",
            "plugin.yaml:6:1: 'id' stands twice.",
            "plugin.yaml:9:11: 'type': 'int' is none of string, long, double, boolean.",
            "plugin.yaml:9:5: 'doc' is missing.")
        .anyMatch(problem -> problem.startsWith("plugin.yaml:3:6: 'spi': '^1.0' is not a range"));
  }

  @Test
  void refusesWhatIsNoMappingOrNoYamlOrNothing() {
    assertThat(problems("")).containsExactly("plugin.yaml: The file is empty.");
    assertThat(problems("- a\n")).contains("plugin.yaml:1:1: Keys with values are expected here.");
    assertThat(problems("id: [\n"))
        .anyMatch(problem -> problem.matches("plugin.yaml:\\d+:\\d+: This is not YAML.*"));
    assertThat(problems("id: &a [*a]\nversion:\n"))
        .contains("plugin.yaml:2:9: 'version' needs one value.");
    assertThat(problems("x".repeat(70_000)))
        .anyMatch(problem -> problem.contains("more than 65536"));
  }

  @Test
  void refusesADefaultOfAnotherTypeAndOneOfARequiredKey() {
    assertThat(
            problems(
                GOOD.replace("default: 3", "default: three")
                    .replace("required: true, doc: Who", "required: true, default: me, doc: Who")))
        .contains("plugin.yaml:8:34: 'default': 'three' is no long.")
        .anyMatch(problem -> problem.contains("A required key has no default"));
  }

  @Test
  void completesTheConfigOrTellsAllThatIsWrongWithIt() throws PluginRefusedException {
    PluginDescriptor descriptor = DescriptorReader.read(GOOD);

    assertThat(PluginConfig.complete(descriptor, Map.of("name", "me", "retries", 7, "share", 1)))
        .isEqualTo(Map.of("name", "me", "retries", 7L, "share", 1.0, "loud", false));
    try {
      PluginConfig.complete(descriptor, Map.of("retires", 1, "loud", "yes"));
      throw new AssertionError("accepted");
    } catch (PluginRefusedException e) {
      assertThat(e.problems().stream().map(PluginProblem::toString))
          .containsExactlyInAnyOrder(
              "config plugins.my-plugin: Unknown key 'retires'; did you mean 'retries'?",
              "config plugins.my-plugin: 'loud' is 'yes' and should be a boolean.",
              "config plugins.my-plugin: 'name' is required: Who.");
    }
  }

  private static List<String> problems(String yaml) {
    try {
      DescriptorReader.read(yaml);
      return List.of();
    } catch (PluginRefusedException e) {
      return e.problems().stream().map(PluginProblem::toString).toList();
    }
  }
}
