// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.coordinator.raft.Command.Batch;
import dev.holdfast.coordinator.raft.Command.Check;
import dev.holdfast.coordinator.raft.Command.CheckKind;
import dev.holdfast.coordinator.raft.Command.Edit;
import dev.holdfast.coordinator.raft.Command.EditKind;
import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What passes can be read and applied by every replica. */
final class BatchCheckTest {
  private static final String ORIGIN = "n1_a";

  private static Command.Commit commit(Bytes key, Bytes value) {
    return new Command.Commit(
        3,
        List.of(new Check(CheckKind.ABSENT_SINCE, key, 4)),
        List.of(new Edit(EditKind.PUT, key, value), new Edit(EditKind.DELETE, key, Bytes.EMPTY)));
  }

  private static byte[] batch(Command... commands) {
    return LogCodec.encodeBatch(new Batch(ORIGIN, 7, List.of(commands)));
  }

  private static final byte[] GOOD =
      batch(
          commit(Bytes.utf8("lock/schlüssel-ä"), Bytes.utf8("v")),
          new Command.OpenLease("n1", 3_000),
          new Command.EndLease(1),
          new Command.ExpireLease(1, 2),
          new Command.RaiseRevision(1L << 61));

  private static void refuses(byte[] batch, String because) {
    assertThatThrownBy(() -> BatchCheck.check(ByteBuffer.wrap(batch), ORIGIN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(because);
  }

  @Test
  void passesWhatANodeSends() {
    assertThatCode(() -> BatchCheck.check(ByteBuffer.wrap(GOOD), ORIGIN))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesWhatIsNoBatchOfThatNode() {
    refuses("garbage".getBytes(java.nio.charset.StandardCharsets.UTF_8), "format");
    refuses(new byte[0], "Cut off");
    refuses(Arrays.copyOf(GOOD, GOOD.length + 1), "too many");
    refuses(LogCodec.join(List.of(GOOD, GOOD)), "format");
    refuses(LogCodec.encodeBatch(new Batch("n2_b", 7, List.of())), "in the name of n2_b");
    refuses(
        batch(Collections.nCopies(4_097, new Command.EndLease(1)).toArray(Command[]::new)),
        "commands");
  }

  @Test
  void refusesWhatCouldNotBeApplied() {
    refuses(batch(commit(Bytes.EMPTY, Bytes.EMPTY)), "empty");
    refuses(batch(commit(Bytes.wrap(new byte[] {'a', (byte) 0xFF}), Bytes.EMPTY)), "UTF-8");
    refuses(batch(commit(Bytes.utf8("a".repeat(3_073)), Bytes.EMPTY)), "bytes of a key");
    refuses(batch(commit(Bytes.utf8("a"), Bytes.wrap(new byte[(1 << 20) + 1]))), "of a value");
    refuses(batch(new Command.RaiseRevision(Long.MAX_VALUE)), "as the revision");
    refuses(batch(new Command.RaiseRevision(-1)), "as the revision");
    refuses(batch(new Command.OpenLease("n1", Long.MAX_VALUE)), "of a lease");
  }

  /** The check and the decoder must not disagree: what passes the one is read by the other. */
  @Test
  void whatPassesCanBeDecoded() {
    SplittableRandom random = new SplittableRandom(4711);
    for (int i = 0; i < 50_000; i++) {
      byte[] bent = GOOD.clone();
      for (int n = random.nextInt(1, 4); n > 0; n--) {
        bent[random.nextInt(bent.length)] = (byte) random.nextInt();
      }
      try {
        BatchCheck.check(ByteBuffer.wrap(bent), ORIGIN);
      } catch (IllegalArgumentException _) {
        continue;
      }
      assertThatCode(() -> LogCodec.decodeBatch(ByteBuffer.wrap(bent))).doesNotThrowAnyException();
    }
  }
}
