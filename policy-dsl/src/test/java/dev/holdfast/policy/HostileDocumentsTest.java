// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.machine.MachineOutcome;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents that mean harm: each is refused with a place, and none takes long. */
final class HostileDocumentsTest {
  private static final String MACHINE =
      """
      machine: m
      format: 1
      data: { n: "int = 0", words: "list<string(..40)>(..100) = []" }
      initial: a
      states: { a: { label: A } }
      transitions:
        go: { label: Go, from: a, to: a, accept: [words], require: [ %s ] }
      """;

  static List<String> documents() {
    return List.of(
        "a: &a [x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]\n",
        "&me { a: *me }",
        "[".repeat(1 << 17),
        "{a: ".repeat(1 << 15),
        "machine: " + "x".repeat(1 << 20),
        "machine: !!java.net.URL [\"http://127.0.0.1/\"]\n",
        "? [a, b]\n: c\n",
        "machine: m\u0000\n",
        "\u0001",
        "machine: m\nmachine: m\nmachine: m\n",
        MACHINE.formatted("") + "initial: a\n",
        MACHINE.formatted("\"" + "(".repeat(900) + "\""),
        MACHINE.formatted("\"" + "[".repeat(900) + "]".repeat(900) + " == []\""),
        MACHINE.formatted("\"'a'.matches('" + "(a*)*".repeat(100) + "') && \""),
        MACHINE.formatted("\"old.words.all(a, old.words.all(b, old.words.all(c, a + b != c)))\""),
        MACHINE.formatted("\"old.words.map(a, old.words.map(b, a + b)).size() == 0\""));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void isRefusedWithAPlace(String text) {
    PolicyCompiler.Compilation compilation = PolicyCompiler.compile("x.yaml", text);

    assertThat(compilation.hasErrors()).isTrue();
    assertThat(compilation.machines()).isEmpty();
    assertThat(compilation.problems())
        .allSatisfy(problem -> assertThat(problem.message()).hasSizeLessThan(400));
    Report report = new Report(text);
    assertThat(compilation.problems().stream().flatMap(p -> report.lines(p).stream()))
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(1000));
  }

  /** What passes the checks is bounded when it runs. */
  @Test
  void anExpressionThatGrowsTextIsCutOffByTheTypeOfItsField() {
    CompiledMachine machine =
        compiled(
            """
            machine: m
            format: 1
            data: { t: "string(..40) = x" }
            initial: a
            states: { a: { label: A } }
            transitions:
              grow: { label: Grow, from: a, to: a, set: { t: old.t + old.t } }
            """);
    MachineRun run = new MachineRun(machine.schema());

    for (int i = 0; i < 5; i++) {
      assertThat(run.ask("grow", Optional.empty(), Map.of()))
          .isInstanceOf(MachineOutcome.Applied.class);
    }

    assertThat(run.ask("grow", Optional.empty(), Map.of()))
        .isInstanceOfSatisfying(
            MachineOutcome.Refused.class,
            refused ->
                assertThat(refused.failures())
                    .extracting(MachineOutcome.Failure::code)
                    .containsExactly("BAD_VALUE"));
  }

  @Test
  void aMessageOfAMegabyteFallsBackToItsText() {
    CompiledMachine machine =
        compiled(
            """
            machine: m
            format: 1
            initial: a
            states: { a: { label: A } }
            transitions:
              go:
                label: Go
                from: a
                to: a
                args: { t: "string(..1048576)" }
                require: [ { that: "args.t == ''", error: NOT_EMPTY, message: "it is ${args.t}" } ]
            """);

    assertThat(
            new MachineRun(machine.schema())
                .ask("go", Optional.empty(), Map.of("t", "x".repeat(1 << 20))))
        .isInstanceOfSatisfying(
            MachineOutcome.Refused.class,
            refused ->
                assertThat(refused.failures())
                    .containsExactly(new MachineOutcome.Failure("go", "NOT_EMPTY", "it is …")));
  }

  private static CompiledMachine compiled(String text) {
    PolicyCompiler.Compilation compilation = PolicyCompiler.compile("x.yaml", text);
    assertThat(compilation.problems()).isEmpty();
    return compilation.machines().get(0);
  }
}
