// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class DataTypeTest {
  private static final DataType WORD = new DataType.Text(1, 3);

  record Case(DataType type, Object raw, Object value) {}

  static List<Case> good() {
    return List.of(
        new Case(WORD, "a\uD83D\uDE00b", "a\uD83D\uDE00b"),
        new Case(new DataType.Hex(4), "00ff", "00ff"),
        new Case(
            new DataType.Uuid(),
            "0191d3f0-0000-7000-8000-000000000001",
            "0191d3f0-0000-7000-8000-000000000001"),
        new Case(new DataType.Int(0, 9), 9, 9L),
        new Case(new DataType.Bool(), true, true),
        new Case(new DataType.Time(), "2026-01-01T00:00:00Z", Instant.ofEpochSecond(1767225600)),
        new Case(new DataType.Span(), "90d", Duration.ofDays(90)),
        new Case(new DataType.Span(), "PT1M", Duration.ofMinutes(1)),
        new Case(new DataType.Choice(List.of("yea", "nay")), "nay", "nay"),
        new Case(new DataType.ListOf(WORD, 2), List.of("a", "b"), List.of("a", "b")),
        new Case(
            new DataType.MapOf(new DataType.Int(0, 9), WORD, 2),
            Map.of("1", "a"),
            Map.of(1L, "a")));
  }

  static List<Case> bad() {
    return List.of(
        new Case(WORD, "", ""),
        new Case(WORD, "abcd", ""),
        new Case(WORD, 1, ""),
        new Case(new DataType.Hex(4), "00FF", ""),
        new Case(new DataType.Hex(4), "00ff0", ""),
        new Case(new DataType.Uuid(), "0191D3F0-0000-7000-8000-000000000001", ""),
        new Case(new DataType.Uuid(), "1-1-1-1-1", ""),
        new Case(new DataType.Int(0, 9), 10, ""),
        new Case(new DataType.Int(0, 9), 1.5, ""),
        new Case(new DataType.Bool(), "true", ""),
        new Case(new DataType.Time(), "yesterday", ""),
        new Case(new DataType.Span(), "10 s", ""),
        new Case(new DataType.Span(), "999999999999999d", ""),
        new Case(new DataType.Choice(List.of("yea", "nay")), "yes", ""),
        new Case(new DataType.ListOf(WORD, 2), List.of("a", "b", "c"), ""),
        new Case(new DataType.ListOf(WORD, 2), List.of("a", ""), ""),
        new Case(new DataType.MapOf(WORD, WORD, 1), Map.of("a", "b", "c", "d"), ""));
  }

  @ParameterizedTest
  @MethodSource("good")
  void readsWhatJsonHasAndItsOwnValues(Case given) {
    Object value = given.type().read(given.raw());

    assertThat(value).isEqualTo(given.value());
    assertThat(given.type().read(value)).isEqualTo(value);
  }

  @ParameterizedTest
  @MethodSource("bad")
  void refusesWhatDoesNotFit(Case given) {
    assertThatThrownBy(() -> given.type().read(given.raw()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void valuesDoNotChangeWithWhatTheyWereReadFrom() {
    List<Object> raw = new ArrayList<>(List.of("a"));

    Object read = new DataType.ListOf(WORD, 2).read(raw);
    raw.add("b");

    assertThat(read).isEqualTo(List.of("a"));
  }
}
