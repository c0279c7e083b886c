// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The pages that operators read say what the code knows. */
final class ConfigReferenceTest {
  private static final Path PAGE = Path.of("../docs/reference/config.md");

  /** To renew it: {@code mvn test -pl node-service -Dtest=ConfigReferenceTest -Drenew=true}. */
  @Test
  void isThePageInDocs() throws Exception {
    if (Boolean.getBoolean("renew")) {
      Files.writeString(PAGE, ConfigKeys.reference());
    }
    assertThat(PAGE).hasContent(ConfigKeys.reference());
  }

  @Test
  void namesTheOptionsThatTheRaftBackendTakes() throws Exception {
    List<String> taken =
        new ArrayList<>(
            Arrays.stream(
                    Class.forName("dev.holdfast.coordinator.raft.RaftOptions")
                        .getRecordComponents())
                .map(RecordComponent::getName)
                .toList());
    taken.addAll(List.of("snapshotEntries", "snapshotThreshold"));
    ConfigKey line =
        ConfigKeys.ALL.stream()
            .filter(key -> key.name().equals("raft.*"))
            .findFirst()
            .orElseThrow();

    assertThat(
            Pattern.compile("[a-z]+[A-Z][A-Za-z]*")
                .matcher(line.doc())
                .results()
                .map(match -> match.group()))
        .containsExactlyElementsOf(taken);
  }
}
