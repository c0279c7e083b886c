// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.transition.UnreadableEntryException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What only one kind of record reads; the codecs' own tests damage whole records. */
final class ByteReaderTest {
  @Test
  void readsWhatWasWritten() {
    ByteWriter out = new ByteWriter(1).bool(true).bytes(new byte[] {7, 8}).texts(List.of("a", "é"));

    String read =
        decode(
            out.texts(new TreeMap<>(Map.of("k", "v"))),
            in -> in.bool() + " " + in.bytes().length + " " + in.texts() + " " + in.textMap());

    assertThat(read).isEqualTo("true 2 [a, é] {k=v}");
  }

  @Test
  void refusesABooleanThatIsNeither() {
    refuses(new ByteWriter(1).octet(2), ByteReader::bool, "a boolean of 2");
  }

  @Test
  void refusesANameThatStandsTwice() {
    ByteWriter twice = new ByteWriter(1).number(2).text("k").text("1").text("k").text("2");

    refuses(twice, ByteReader::textMap, "stands twice");
  }

  @Test
  void believesNoCountThatIsLongerThanTheRest() {
    refuses(new ByteWriter(1).number(1_000_000).text("k"), ByteReader::texts, "1000000");
    refuses(new ByteWriter(1).number(1_000_000).text("k"), ByteReader::bytes, "1000000");
  }

  private static void refuses(ByteWriter value, Function<ByteReader, Object> body, String why) {
    assertThatThrownBy(() -> decode(value, body))
        .isInstanceOf(UnreadableEntryException.class)
        .hasMessageContaining("A thing is unreadable: ")
        .hasMessageContaining(why);
  }

  private static <T> T decode(ByteWriter value, Function<ByteReader, T> body) {
    return ByteReader.decode("A thing", 1, value.toBytes(), body);
  }
}
