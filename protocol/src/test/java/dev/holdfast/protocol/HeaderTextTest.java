// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderTextTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "plain text 100%",
        "http://h/a%20b",
        "Größe",
        "日本 🎉",
        " edges ",
        "UTF-8''x",
        "\t"
      })
  void readsBackWhatItWrote(String text) {
    String header = HeaderText.encode(text);

    assertThat(header).matches("[\\x20-\\x7e]*").isEqualTo(header.strip());
    assertThat(HeaderText.decode(header)).isEqualTo(text);
  }

  @Test
  void asciiStandsForItself() {
    assertThat(HeaderText.encode("a%20b \"c\"")).isEqualTo("a%20b \"c\"");
    assertThat(HeaderText.encode("ü")).isEqualTo("UTF-8''%C3%BC");
  }

  @Test
  void takesBytesAsTheyWereSent() {
    String oneCharacterAByte =
        new String("Größe".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);

    assertThat(HeaderText.decode(oneCharacterAByte)).isEqualTo("Größe");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"UTF-8''%", "UTF-8''%C", "UTF-8''%G0", "UTF-8''%C3", "utf-8''ü", "\u00fc"})
  void refusesWhatIsNoText(String header) {
    assertThatThrownBy(() -> HeaderText.decode(header))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
