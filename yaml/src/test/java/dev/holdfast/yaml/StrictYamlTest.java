// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.yaml.StrictYaml.Fault;
import dev.holdfast.yaml.StrictYaml.Field;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.nodes.MappingNode;

final class StrictYamlTest {
  private final List<Fault> faults = new ArrayList<>();
  private final StrictYaml yaml = new StrictYaml("a.yaml", faults::add);

  private List<String> names(String text) {
    return yaml.compose(text)
        .map(root -> yaml.fields((MappingNode) root).stream().map(Field::name).toList())
        .orElse(List.of());
  }

  @Test
  void givesTheFieldsOfAMapInTheirOrder() {
    assertThat(names("b: 1\na: [2]\n")).containsExactly("b", "a");
    assertThat(names("")).isEmpty();
    assertThat(faults).isEmpty();
  }

  @Test
  void goesOnAfterAFaultAndSaysWhereEachIs() {
    assertThat(names("a: 1\na: 2\nb: 4\nb: 5\n")).containsExactly("a", "b");

    assertThat(faults)
        .containsExactly(new Fault(2, 1, "'a' stands twice"), new Fault(4, 1, "'b' stands twice"));
  }

  @Test
  void anAliasWithinItsOwnAnchorIsNotFollowed() {
    assertThat(names("&me {a: *me}")).isEmpty();

    assertThat(faults)
        .extracting(Fault::message)
        .containsExactly("An alias is within its own anchor");
  }

  @Test
  void whatIsNoYamlIsAFaultWithItsPlace() {
    assertThat(names("a: [\n")).isEmpty();

    assertThat(faults).hasSize(1);
    assertThat(faults.getFirst().message()).startsWith("This is not YAML: ");
    assertThat(faults.getFirst().line()).isPositive();
  }

  @Test
  void readsAllDocumentsOfAFile() {
    assertThat(yaml.composeAll("a: 1\n---\nb: 2\n")).hasSize(2);
    assertThat(faults).isEmpty();
  }

  @Test
  void strangersMayNotUseAliasesAnchorsTagsOrDepth() {
    assertThat(yaml.composeAll("a: &x [1]\nb: *x\nc: !!set {d}\n")).isEmpty();
    assertThat(yaml.composeAll("[".repeat(100_000))).isEmpty();
    assertThat(yaml.composeAll("a: " + "x".repeat(1 << 18))).isEmpty();

    assertThat(faults)
        .extracting(fault -> fault.line() + ":" + fault.column())
        .containsExactly("1:4", "2:4", "3:4", "1:41", "1:1");
  }
}
