// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.session.EndedSession;
import dev.holdfast.core.session.Session;
import dev.holdfast.core.session.SessionHost;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.spi.Bytes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The bytes of every kind of entry of this module. */
final class LockCodecTest {
  private static final LockState STATE =
      new LockState(
          Long.MAX_VALUE,
          7,
          List.of(
              new Grant(new Owner("s-1", "h/é"), new LockMode.Permits(3, 7), 4),
              new Grant(new Owner("s-2", "h"), new LockMode.Permits(4, 7), 5, 30_000)),
          List.of(
              new Waiter(new Owner("s-3", "a"), new LockMode.Exclusive()),
              new Waiter(new Owner("s-3", "b"), new LockMode.Shared(), 5_000)),
          3,
          200,
          190);
  private static final Session SESSION = new Session(86_400_000, new SessionHost("n-1", 9), 3);
  private static final EndedSession ENDED =
      new EndedSession(EndedSession.Reason.EXPIRED, new SessionHost("n-1", 9));

  private static final Map<Bytes, Function<Bytes, Object>> KINDS =
      Map.of(
          LockCodec.encode(STATE), LockCodec::decode,
          LockCodec.encodeWait(STATE.waiters().getFirst()), LockCodec::decodeWait,
          ClaimCodec.encode(new Claim.Held(300, new LockMode.Shared())), ClaimCodec::decode,
          new SessionTransition().encode(SESSION), new SessionTransition()::decode,
          ENDED.encode(), EndedSession::decode);

  @Test
  void readsBackWhatItWrote() {
    assertThat(LockCodec.decode(LockCodec.encode(STATE))).isEqualTo(STATE);
    LockState unused = LockState.unused(0);
    assertThat(LockCodec.decode(LockCodec.encode(unused))).isEqualTo(unused);
    Waiter waiter = new Waiter(new Owner("s", "😀"), new LockMode.Permits(1, 1_000_000));
    assertThat(LockCodec.decodeWait(LockCodec.encodeWait(waiter))).isEqualTo(waiter);
    for (Claim claim :
        List.of(
            new Claim.Waiting(Claim.Waiting.INLINE, new LockMode.Exclusive()),
            new Claim.Waiting(12_345, new LockMode.Shared()),
            new Claim.Held(Long.MAX_VALUE, new LockMode.Permits(2, 3), 30_000))) {
      assertThat(ClaimCodec.decode(ClaimCodec.encode(claim))).isEqualTo(claim);
    }
    assertThat(new SessionTransition().decode(new SessionTransition().encode(SESSION)))
        .isEqualTo(SESSION);
    assertThat(EndedSession.decode(ENDED.encode())).isEqualTo(ENDED);
  }

  @Test
  void keepsItsFormat() {
    assertThat(ClaimCodec.encode(new Claim.Held(300, new LockMode.Shared())).toHex())
        .isEqualTo("0201ac020100");
    assertThat(LockCodec.encode(LockState.unused(5)).toHex()).isEqualTo("0205000000000000");
    assertThat(new SessionTransition().encode(SESSION).toHex()).isEqualTo("0180b89929036e2d310903");
    assertThat(ENDED.encode().toHex()).isEqualTo("0101036e2d3109");
  }

  @Test
  void refusesEveryBeginningOfAValueAndEveryByteTooMuch() {
    KINDS.forEach((value, decode) -> {
      for (int length = 0; length < value.length(); length++) {
        Bytes cut = Bytes.wrap(Arrays.copyOf(value.toArray(), length));
        refuses(decode, cut);
      }
      refuses(decode, Bytes.wrap(Arrays.copyOf(value.toArray(), value.length() + 1)));
    });
  }

  @Test
  void refusesAnotherFormat() {
    KINDS.forEach((value, decode) -> {
      byte[] other = value.toArray();
      other[0]++;
      assertThatThrownBy(() -> decode.apply(Bytes.wrap(other)))
          .isInstanceOf(UnreadableEntryException.class)
          .hasMessageContaining("format " + other[0]);
    });
  }

  @Test
  void readsOrRefusesDamagedBytesAndNothingElse() {
    for (long seed = 1; seed <= 3_000; seed++) {
      Random random = new Random(seed);
      for (Map.Entry<Bytes, Function<Bytes, Object>> kind : KINDS.entrySet()) {
        byte[] damaged = kind.getKey().toArray();
        for (int i = 0; i <= random.nextInt(4); i++) {
          damaged[1 + random.nextInt(damaged.length - 1)] = (byte) random.nextInt();
        }
        readsOrRefuses(kind.getValue(), damaged, seed);
        byte[] garbage = new byte[1 + random.nextInt(40)];
        random.nextBytes(garbage);
        garbage[0] = 1;
        readsOrRefuses(kind.getValue(), garbage, seed);
      }
    }
  }

  @Test
  void refusesALengthThatWouldNotFitIntoMemory() {
    Bytes hugeText = Bytes.wrap(new byte[] {1, -1, -1, -1, -1, -1, -1, -1, -1, 127});
    Bytes endlessNumber = Bytes.wrap(new byte[] {1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1});
    Bytes manyHolders = Bytes.wrap(new byte[] {1, 0, 0, (byte) 0x80, 2});

    refuses(LockCodec::decodeWait, hugeText);
    refuses(LockCodec::decode, endlessNumber);
    refuses(LockCodec::decode, manyHolders);
  }

  private static void refuses(Function<Bytes, Object> decode, Bytes value) {
    assertThatThrownBy(() -> decode.apply(value))
        .as(value.toHex())
        .isInstanceOf(UnreadableEntryException.class);
  }

  private static void readsOrRefuses(Function<Bytes, Object> decode, byte[] value, long seed) {
    try {
      assertThat(decode.apply(Bytes.copyOf(value))).isNotNull();
    } catch (UnreadableEntryException e) {
      assertThat(e.getMessage()).isNotEmpty();
    } catch (RuntimeException | Error e) {
      throw new AssertionError("seed " + seed + ": " + Bytes.copyOf(value).toHex(), e);
    }
  }
}
