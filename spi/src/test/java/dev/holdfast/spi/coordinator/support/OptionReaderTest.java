// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class OptionReaderTest {
  private static final Pattern PATH = Pattern.compile("(/[a-z]+)+");

  @Test
  void readsWhatIsGivenAndElseTheDefault() {
    OptionReader reader =
        new OptionReader(Map.of("wait", " 2m ", "size", "3KiB", "root", "/a", "most", "7"));

    assertThat(reader.duration("wait", "1s")).isEqualTo(Duration.ofMinutes(2));
    assertThat(reader.duration("pause", "300ms")).isEqualTo(Duration.ofMillis(300));
    assertThat(reader.sizeBytes("size", "1B")).isEqualTo(3 << 10);
    assertThat(reader.sizeBytes("room", "2GiB")).isEqualTo(2L << 30);
    assertThat(reader.text("root", "/", PATH, "a path")).isEqualTo("/a");
    assertThat(reader.number("most", 5)).isEqualTo(7);
    assertThat(reader.number("least", 5)).isEqualTo(5);
    reader.finish("here");
  }

  @Test
  void tellsAllThatIsWrongAtOnce() {
    OptionReader reader = new OptionReader(Map.of("wait", "soon", "most", "many", "slze", "1KiB"));

    assertThat(reader.duration("wait", "1s")).isEqualTo(Duration.ofSeconds(1));
    assertThat(reader.number("most", 5)).isEqualTo(5);
    assertThat(reader.sizeBytes("size", "1KiB")).isEqualTo(1 << 10);
    assertThat(reader.text("root", "", PATH, "a path")).isEmpty();
    reader.check(false, "most is odd");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> reader.finish("The options are wrong"))
        .withMessage(
            "The options are wrong: wait is \"soon\", not a duration such as 300ms, 3s or 2m;"
                + " most is \"many\", not a number; root is needed: a path; most is odd;"
                + " there is no option slze (did you mean size?)");
  }

  @Test
  void namesTheKnownOptionsWhenNoneIsNear() {
    OptionReader reader = new OptionReader(Map.of("colour", "red"));
    var _ = reader.number("most", 5);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> reader.finish("here"))
        .withMessage("here: there is no option colour (known are most)");
  }

  @Test
  void takesAnOptionUnderEitherOfItsNamesButNotUnderBoth() {
    OptionReader either = new OptionReader(Map.of("threshold", "3"));
    assertThat(either.number(either.oneOf("entries", "threshold"), 9)).isEqualTo(3);
    either.finish("here");

    OptionReader both = new OptionReader(Map.of("threshold", "3", "entries", "4"));
    var _ = both.number(both.oneOf("entries", "threshold"), 9);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> both.finish("here"))
        .withMessageContaining("threshold and entries are the same");
  }
}
