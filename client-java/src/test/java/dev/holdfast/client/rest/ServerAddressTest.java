// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerAddressTest {
  @ParameterizedTest
  @CsvSource({
    "localhost:7600, http://localhost:7600",
    "127.0.0.1:7600/, http://127.0.0.1:7600",
    "http://h:1/, http://h:1",
    "HTTP://h:1, http://h:1",
    "[::1]:7600, http://[::1]:7600",
    "' h:1 ', http://h:1"
  })
  void readsWhatPeopleWrite(String text, String address) {
    assertThat(ServerAddress.parse(text)).hasToString(address);
    assertThat(ServerAddress.parse(text).uri()).hasToString(address);
  }

  @ParameterizedTest
  @CsvSource({
    "https://h:1, speaks http only",
    "ftp://h:1, the scheme is http",
    "http://u:p@h:1, name or password",
    "http://h:1/prefix, a path",
    "h:1?x, a query",
    "h:1#x, a query or fragment",
    "h, no port",
    "http://h, no port",
    "h:99999, no port",
    "'h h:1', cannot be read",
    ":7600, no host",
    "'', cannot be read"
  })
  void refusesWhatItWouldHaveToIgnore(String text, String why) {
    assertThatThrownBy(() -> ServerAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why)
        .hasMessageContaining("http://127.0.0.1:7600");
  }

  @Test
  void readsListsWithoutTheSameTwice() {
    assertThat(ServerAddress.parseAll("a:1, b:2/,,http://a:1"))
        .extracting(ServerAddress::toString)
        .containsExactly("http://a:1", "http://b:2");
    assertThatThrownBy(() -> ServerAddress.parseAll(" , ")).hasMessageContaining("there is none");
  }
}
