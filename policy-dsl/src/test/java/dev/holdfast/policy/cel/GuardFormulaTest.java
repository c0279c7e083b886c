// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.policy.cel.GuardFormula.Disjoint;
import dev.holdfast.policy.cel.GuardFormula.Overlaps;
import dev.holdfast.policy.cel.GuardFormula.Undecided;
import dev.holdfast.spi.machine.DataField;
import dev.holdfast.spi.machine.DataType;
import dev.holdfast.spi.machine.Expression;
import dev.holdfast.spi.machine.Scope;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GuardFormulaTest {
  private static final Map<String, DataField> FIELDS =
      Map.of(
          "n", DataField.required("n", new DataType.Int(-9, 9)),
          "m", DataField.required("m", new DataType.Int(-9, 9)),
          "w", DataField.optional("w", new DataType.Text(0, 9)),
          "b", DataField.required("b", new DataType.Bool()));
  private static final ExpressionCompiler COMPILER =
      new ExpressionCompiler(new Names(Map.of("old", FIELDS, "new", FIELDS), true, Set.of()));

  private static final Map<String, Expression<Object>> PROGRAMS = new HashMap<>();

  private static GuardFormula guard(String text) {
    Compiled compiled = COMPILER.condition(text);
    return compiled.guard().orElseThrow(() -> new AssertionError(compiled.faults().toString()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "old.n > 1 ; old.n < 2",
        "old.n == 3 ; old.n != 3",
        "old.n >= 3 ; 3 > old.n",
        "old.w == 'a' ; old.w == 'b'",
        "old.w == 'a' ; !has(old.w)",
        "old.b ; !old.b",
        "old.b == true ; old.b == false",
        "old.n > old.m ; old.m >= old.n",
        "old.n == old.m ; old.n < old.m",
        "old.w.startsWith('x') ; !old.w.startsWith('x')",
        "old.n > 1 && (old.b || old.m > 3) ; old.n < 1 || (!old.b && old.m < 3)",
        "state == 'a' ; state == 'b'",
        "new.n > 1 ; new.n < 1",
        "false ; true",
      })
  void seesThatTwoGuardsExcludeEachOther(String one, String other) {
    assertThat(guard(one).overlap(guard(other))).isInstanceOf(Disjoint.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "old.n > 1 ; old.n < 3",
        "old.n > 1 ; old.m < 1",
        "old.n != 3 ; old.n != 4",
        "old.w != 'a' ; old.w != 'b'",
        "old.b || old.n > 3 ; !old.b",
        "true ; old.b",
      })
  void givesAnExampleForTwoThatDoNot(String one, String other) {
    assertThat(guard(one).overlap(guard(other))).isInstanceOf(Overlaps.class);
  }

  /** Never an answer that may be wrong. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "old.w.startsWith('x') ; old.w.endsWith('y')",
        "old.n + 1 > 3 ; old.n < 1",
        "old.n > old.m ; old.m > 3",
        "new.n > 1 ; old.n < 1",
      })
  void leavesOpenWhatItCannotSee(String one, String other) {
    assertThat(guard(one).overlap(guard(other))).isInstanceOf(Undecided.class);
  }

  /** Against all values: what it says must be so. */
  @Test
  void agreesWithTruthTables() {
    List<String> atoms = List.of("old.n > 0", "old.n <= 1", "old.n == 1", "old.m != 0", "old.b");
    for (String a : atoms) {
      for (String b : atoms) {
        for (String c : atoms) {
          check("(%s) && !(%s) || (%s)".formatted(a, b, c), "!(%s) && (%s)".formatted(c, a));
        }
      }
    }
  }

  private static void check(String one, String other) {
    boolean both = false;
    for (long n = -1; n <= 2; n++) {
      for (long m = -1; m <= 1; m++) {
        for (boolean b : new boolean[] {true, false}) {
          both |= holds(one, n, m, b) && holds(other, n, m, b);
        }
      }
    }
    GuardFormula.Overlap overlap = guard(one).overlap(guard(other));
    assertThat(overlap)
        .as("%s and %s", one, other)
        .isInstanceOf(both ? Overlaps.class : Disjoint.class);
  }

  private static boolean holds(String text, long n, long m, boolean b) {
    Scope scope = new Scope(Map.of("n", n, "m", m, "b", b), Map.of(), Map.of(), "a", Instant.EPOCH);
    return (boolean) PROGRAMS.computeIfAbsent(text, GuardFormulaTest::program).evaluate(scope);
  }

  private static Expression<Object> program(String text) {
    return COMPILER.condition(text).expression().orElseThrow();
  }
}
