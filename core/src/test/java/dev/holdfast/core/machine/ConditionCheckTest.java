// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.machine.Condition;
import dev.holdfast.spi.machine.Condition.Complaint;
import dev.holdfast.spi.machine.Condition.Group;
import dev.holdfast.spi.machine.Condition.Quantifier;
import dev.holdfast.spi.machine.Condition.Rule;
import dev.holdfast.spi.machine.ExpressionException;
import dev.holdfast.spi.machine.MessageTemplate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConditionCheckTest {
  @ParameterizedTest
  @CsvSource({
    "ALL, TT, true",
    "ALL, TF, false",
    "ALL, TU, false",
    "ANY, FT, true",
    "ANY, UT, true",
    "ANY, FF, false",
    "ANY, FU, false",
    "NONE, FF, true",
    "NONE, FT, false",
    "NONE, FU, false",
  })
  void quantifiersCountARuleWithoutValueAgainstTheCaller(
      Quantifier quantifier, String parts, boolean holds) {
    Condition group = group(quantifier, parts, Optional.empty());

    assertThat(failures(group).isEmpty()).isEqualTo(holds);
  }

  /** A quantifier above must not turn what could not be decided into what holds. */
  @ParameterizedTest
  @CsvSource({"ALL, U", "ANY, FU", "NONE, FU"})
  void whatIsUndecidedStaysSoBelowNone(Quantifier quantifier, String parts) {
    Condition inner = group(quantifier, parts, Optional.empty());

    assertThat(failures(new Group(Quantifier.NONE, List.of(inner), Optional.empty()))).isNotEmpty();
  }

  @Test
  void aGroupSpeaksForItsParts() {
    Complaint complaint = new Complaint("NO_WAY", MessageTemplate.fixed("no way"));

    assertThat(failures(group(Quantifier.ANY, "FF", Optional.of(complaint))))
        .singleElement()
        .extracting(MachineOutcome.Failure::code)
        .isEqualTo("NO_WAY");
    assertThat(failures(group(Quantifier.ANY, "FF", Optional.empty()))).hasSize(2);
  }

  @Test
  void aMessageThatFailsOrIsLongFallsBack() {
    String megabyte = "x".repeat(1 << 20);
    MessageTemplate failing =
        new MessageTemplate("plain", _ -> String.valueOf(LockMachine.get(java.util.Map.of(), "x")));

    assertThat(failing.render(LockMachine.scope())).isEqualTo("plain");
    assertThat(new MessageTemplate("plain", _ -> megabyte).render(LockMachine.scope()))
        .isEqualTo("plain");
  }

  @Test
  void nestsToDepthEight() {
    Condition condition = rule('F');
    for (int depth = 2; depth <= Condition.DEPTH_MAX; depth++) {
      condition = new Group(Quantifier.ALL, List.of(condition), Optional.empty());
    }
    Condition deepest = condition;

    assertThat(failures(deepest)).hasSize(1);
    assertThatThrownBy(() -> new Group(Quantifier.ALL, List.of(deepest), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static List<MachineOutcome.Failure> failures(Condition condition) {
    return new ConditionCheck(LockMachine.scope(), "t").failures(List.of(condition));
  }

  private static Condition group(
      Quantifier quantifier, String parts, Optional<Complaint> complaint) {
    List<Condition> rules = parts.chars().mapToObj(part -> rule((char) part)).toList();
    return new Group(quantifier, rules, complaint);
  }

  private static Condition rule(char truth) {
    return new Rule(
        _ -> {
          if (truth == 'U') {
            throw new ExpressionException("no value", null);
          }
          return truth == 'T';
        },
        Optional.empty());
  }
}
