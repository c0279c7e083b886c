// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.machine.FailureCodes;
import dev.holdfast.policy.cel.ExpressionCompiler;
import dev.holdfast.spi.machine.DataType;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The reference has every key, type, limit and code, and no code that there is not. */
final class PolicyLanguagePageTest {
  private static final Path PAGE = Path.of("../docs/reference/policy-language.md");

  @Test
  void listsEveryCodeWithItsLevelAndMeaning() throws IOException {
    List<String> rows =
        Files.readAllLines(PAGE).stream()
            .filter(l -> l.matches("\\| `[A-Z]{2}\\d{3}` .*"))
            .toList();

    assertThat(rows)
        .containsExactlyElementsOf(
            Arrays.stream(Code.values())
                .map(code ->
                    "| `%s` | %s | %s |"
                        .formatted(
                            code, code.level().name().toLowerCase(Locale.ROOT), code.meaning()))
                .toList());
  }

  @Test
  void namesEveryKeyAndType() throws IOException {
    String page = Files.readString(PAGE);
    Set<String> keys = new TreeSet<>(TypeReader.NAMES);
    Stream.of(
            MachineReader.KEYS,
            MachineReader.STATE_KEYS,
            MachineReader.TIMER_KEYS,
            MachineReader.TRANSITION_KEYS,
            MachineReader.EXISTING_KEYS,
            ConditionReader.KEYS,
            TestReader.TEST_KEYS,
            TestReader.STEP_KEYS,
            TestReader.GIVEN_KEYS,
            TestReader.THEN_KEYS)
        .forEach(keys::addAll);

    assertThat(keys)
        .allSatisfy(key -> assertThat(page).containsPattern("`" + Pattern.quote(key) + "\\b"));
  }

  @Test
  void namesEveryCodeOfARefusalAndEveryLimit() throws Exception {
    String page = Files.readString(PAGE);
    List<String> codes = new ArrayList<>();
    for (Field field : FailureCodes.class.getFields()) {
      codes.add("`" + field.get(null) + "`");
    }

    assertThat(codes).hasSizeGreaterThan(10);
    assertThat(page).contains(codes);
    assertThat(page)
        .contains(
            "| characters | %d |".formatted(ExpressionCompiler.LENGTH_MAX),
            "| levels of brackets | %d |".formatted(ExpressionCompiler.DEPTH_MAX),
            "| parts | %d |".formatted(ExpressionCompiler.NODES_MAX),
            "| steps of all its loops | %d |".formatted(ExpressionCompiler.ITERATIONS_MAX),
            "| size of a compiled pattern | %d |".formatted(ExpressionCompiler.PATTERN_MAX),
            "a string has at most %d characters, a list %d entries, a map\n%d"
                .formatted(DataType.TEXT_MAX, DataType.LIST_MAX, DataType.MAP_MAX));
  }
}
