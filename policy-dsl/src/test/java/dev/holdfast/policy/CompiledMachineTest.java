// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class CompiledMachineTest {
  private static final String DOCUMENT =
      """
      machine: m
      format: 1
      initial: a
      states: { a: { label: A }, b: { label: B, final: true } }
      transitions:
        stay: { label: Stay, from: a, to: a, event: move, require: [ 1 > 2 ] }
        go: { label: Go, from: a, to: b, event: other }
      """;

  @Test
  void hashDoesNotDependOnLayoutCommentsQuotesAndTests() {
    String same =
        """
        machine: "m"   # the same
        initial: a
        format: 1
        transitions:
          stay:
            require: [ "1 > 2" ]
            event: move
            from: [a]
            to: a
            label: Stay
          go: { label: 'Go', from: [a], to: b, event: other }
        states:
          b: { final: true, label: B }
          a: { label: A }
        tests: [ { test: t, when: other, then: { state: b } } ]
        """;

    assertThat(hash(same)).isEqualTo(hash(DOCUMENT)).hasSize(64);
  }

  @Test
  void hashDependsOnWhatTheMachineDoes() {
    String swapped =
        """
        machine: m
        format: 1
        initial: a
        states: { a: { label: A }, b: { label: B, final: true } }
        transitions:
          go: { label: Go, from: a, to: b, event: other }
          stay: { label: Stay, from: a, to: a, event: move, require: [ 1 > 2 ] }
        """;

    assertThat(hash(swapped)).isNotEqualTo(hash(DOCUMENT));
    assertThat(hash(DOCUMENT.replace("1 > 2", "2 > 3"))).isNotEqualTo(hash(DOCUMENT));
  }

  private static String hash(String text) {
    PolicyCompiler.Compilation compilation = PolicyCompiler.compile("x.yaml", text);
    assertThat(compilation.hasErrors()).isFalse();
    return compilation.machines().get(0).hash();
  }
}
