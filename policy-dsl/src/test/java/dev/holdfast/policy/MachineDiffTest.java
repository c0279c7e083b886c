// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MachineDiffTest {
  private static final String BEFORE =
      """
      machine: m
      format: 1
      data: { n: "int(0..9) = 0", note: "string(..9)?" }
      initial: a
      states:
        a: { label: A, timers: [ { idle: 1m, fire: end } ] }
        b: { label: B, final: true }
      transitions:
        go: { label: Go, from: a, to: a, args: { k: "int(0..9)" }, accept: [note], require: [ args.k > 1 ] }
        end: { label: End, by: timer, from: a, to: b }
      """;

  /** One change each, as {@code sed} would make it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "int(0..9) = 0; int(0..8) = 0; SM350",
        "int(0..9) = 0; int(0..10) = 0; none",
        "string(..9)?; string(..8)?; SM350",
        "string(..9)?; string(..9) = x; SM350",
        "label: A,; label: A, need: [note],; SM350",
        "machine: m; machine: k; SM351",
        "from: a, to: a; from: a, to: b; SM352",
        "k: \"int(0..9)\"; k: \"int(2..9)\"; SM351",
        "k: \"int(0..9)\"; k: \"int(0..9)\", j: int; SM351",
        "k: \"int(0..9)\"; k: \"int(0..9)\", j: int?; none",
        "accept: [note], ;; SM351",
        "args.k > 1; args.k > 2; SM352",
        "idle: 1m; idle: 2m; SM352",
        "label: Go; label: Move; SM352",
        "label: Go; event: move, label: Go; SM351",
      })
  void classifiesAChange(String old, String next, String code) {
    String changed = BEFORE.replace(old, next == null ? "" : next);
    assertThat(changed).isNotEqualTo(BEFORE);

    List<MachineDiff.Difference> differences = diff(BEFORE, changed);

    List<String> codes = differences.stream().map(d -> d.code().name()).distinct().toList();
    if (code.equals("none")) {
      assertThat(differences).allMatch(MachineDiff.Difference::isCompatible);
    } else {
      assertThat(codes).contains(code);
      assertThat(differences.stream().allMatch(MachineDiff.Difference::isCompatible))
          .isEqualTo(code.equals("SM352"));
    }
  }

  @Test
  void whatIsGoneIsMissed() {
    String smaller =
        """
        machine: m
        format: 1
        initial: c
        states: { c: { label: C, final: true } }
        transitions: {}
        """;

    assertThat(diff(BEFORE, smaller))
        .extracting(MachineDiff.Difference::message)
        .contains(
            "field 'n' is gone",
            "state 'a' is gone",
            "transition 'go' is gone",
            "objects begin in 'c' now");
  }

  @Test
  void aMachineDoesNotDifferFromItself() {
    assertThat(diff(BEFORE, BEFORE + "# a comment\n")).isEmpty();
  }

  private static List<MachineDiff.Difference> diff(String before, String after) {
    return MachineDiff.between(machine(before), machine(after));
  }

  private static CompiledMachine machine(String text) {
    PolicyCompiler.Compilation compilation = PolicyCompiler.compile("x.yaml", text);
    assertThat(compilation.problems()).noneMatch(Problem::isError);
    return compilation.machines().get(0);
  }
}
