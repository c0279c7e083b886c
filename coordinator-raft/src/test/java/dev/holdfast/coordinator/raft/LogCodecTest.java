// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LogCodecTest {
  private static final Command.Batch BATCH =
      new Command.Batch(
          "n1_a",
          (7L << 40) + 3,
          List.of(
              new Command.Commit(
                  9,
                  List.of(
                      new Command.Check(Command.CheckKind.ABSENT_SINCE, Bytes.utf8("ä"), 0),
                      new Command.Check(
                          Command.CheckKind.AT_VERSION, Bytes.utf8("b"), Long.MAX_VALUE),
                      new Command.Check(Command.CheckKind.EXISTS, Bytes.utf8("c"), 0)),
                  List.of(
                      new Command.Edit(
                          Command.EditKind.PUT, Bytes.utf8("d"), Bytes.wrap(new byte[300])),
                      new Command.Edit(Command.EditKind.DELETE, Bytes.utf8("e"), Bytes.EMPTY),
                      new Command.Edit(Command.EditKind.PUT_LEASED, Bytes.utf8("f"), Bytes.EMPTY))),
              new Command.OpenLease("n1", 3000),
              new Command.EndLease(4),
              new Command.ExpireLease(5, 6)));

  @Test
  void readsTheBatchThatItWrote() {
    byte[] bytes = LogCodec.encodeBatch(BATCH);

    assertThat(LogCodec.decodeBatch(ByteBuffer.wrap(bytes))).isEqualTo(BATCH);
  }

  @Test
  void refusesEveryCutAndAnotherFormat() {
    byte[] bytes = LogCodec.encodeBatch(BATCH);

    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> LogCodec.decodeBatch(ByteBuffer.wrap(cut)));
    }
    bytes[0] = 99;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LogCodec.decodeBatch(ByteBuffer.wrap(bytes)))
        .withMessageContaining("format 99");
  }

  @Test
  void readsTheAnswersThatItWrote() {
    List<Answer> answers =
        List.of(
            new Answer.Committed(12),
            new Answer.Conflict(
                List.of(
                    new Answer.Seen(Bytes.utf8("a"), Bytes.utf8("v"), 3, 2, 12, false),
                    new Answer.Seen(Bytes.utf8("b"), null, 0, 9, 12, false),
                    new Answer.Seen(Bytes.utf8("c"), null, 0, 0, 12, true))),
            new Answer.LeaseGone(),
            new Answer.LeaseOpened(4),
            new Answer.LeaseEnded());

    byte[] bytes = LogCodec.encodeAnswers(answers);

    assertThat(LogCodec.decodeAnswers(ByteBuffer.wrap(bytes))).isEqualTo(answers);
  }
}
