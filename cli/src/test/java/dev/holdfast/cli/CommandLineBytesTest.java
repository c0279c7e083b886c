// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CommandLineBytesTest {
  private static Optional<String> fault(String latin1Line, String encoding, String... arguments) {
    return CommandLineBytes.parse(latin1Line.getBytes(StandardCharsets.ISO_8859_1))
        .fault(arguments, encoding);
  }

  @Test
  void whatIsUtf8IsTrustedAlsoAReplacementCharacterThatWasMeant() {
    assertThat(fault("java\0get\0gr\u00c3\u00bcn\0", "UTF-8", "get", "gr\u00fcn")).isEmpty();
    assertThat(fault("java\0rm\0a\u00ef\u00bf\u00bdb\0", "UTF-8", "rm", "a\ufffdb")).isEmpty();
  }

  @Test
  void whatIsNotIsRefusedByItsNumber() {
    assertThat(fault("java\0put\0f\0gr\u00fcn\0", "UTF-8", "put", "f", "gr\ufffdn"))
        .hasValueSatisfying(
            why -> assertThat(why).contains("argument 3").contains("not valid UTF-8"));
  }

  @Test
  void whereTheSystemDoesNotTellTheBytesADoubtIsARefusal() {
    assertThat(fault("", "UTF-8", "rm", "a\ufffdb")).isPresent();
    assertThat(fault("", "UTF-8", "rm", "gr\u00fcn")).isEmpty();
  }

  @Test
  void withoutAUtf8LocaleOnlyAsciiIsTrusted() {
    assertThat(fault("java\0rm\0a\0", "ANSI_X3.4-1968", "rm", "a")).isEmpty();
    assertThat(fault("java\0rm\0\u00e4\0", "ISO-8859-1", "rm", "\u00e4"))
        .hasValueSatisfying(why -> assertThat(why).contains("C.UTF-8").contains("argument 2"));
  }

  @Test
  void theCallersLocaleIsWhatTheLauncherSays() {
    Map<String, String> own = Map.of("LC_ALL", "C.UTF-8", "A", "1");

    assertThat(Main.environment(own, null)).isEqualTo(own);
    assertThat(Main.environment(own, "")).isEqualTo(Map.of("A", "1"));
    assertThat(Main.environment(own, "de_DE@euro")).containsEntry("LC_ALL", "de_DE@euro");
  }
}
