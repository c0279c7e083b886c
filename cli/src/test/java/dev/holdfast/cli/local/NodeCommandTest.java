// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.node.NodeProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What the command line says reaches the node, and nothing else does. */
final class NodeCommandTest {
  private static List<String> flags(String... arguments) {
    NodeCommand command = new NodeCommand();
    new CommandLine(command).parseArgs(arguments);
    return command.flags().arguments();
  }

  @Test
  void whatWasNotGivenIsLeftToTheFileAndTheEnvironment() {
    assertThat(flags()).isEmpty();
    assertThat(flags("--config", "f.yaml")).containsExactly("--config", "f.yaml");
    assertThat(flags("--labels", "")).containsExactly("--labels", "");
  }

  @Test
  void eachFlagThatANodeKnowsIsAnOptionAndIsPassedOn() {
    Set<String> options = new TreeSet<>();
    new CommandLine(new NodeCommand())
        .getCommandSpec()
        .options()
        .forEach(option -> options.addAll(List.of(option.names())));
    options.removeAll(List.of("-h", "--help", "--config", "--set"));

    assertThat(options).isEqualTo(new TreeSet<>(NodeProcess.flags()));
    for (String flag : NodeProcess.flags()) {
      List<String> given = new ArrayList<>(List.of(flag, "v"));
      assertThat(flags(given.toArray(String[]::new))).isEqualTo(given);
    }
  }
}
