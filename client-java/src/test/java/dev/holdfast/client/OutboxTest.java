// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What must reach the cluster is repeated until it is answered; time is moved by hand. */
class OutboxTest {
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private final FakeTime time = new FakeTime();
  private final Guard guard = new Guard(time);
  private final List<Sent> line = new ArrayList<>();
  private boolean connected = true;
  private final Outbox<Letter> outbox = new Outbox<>(this::send, guard, new Random(7));

  private record Sent(long number, byte first) {}

  private static final class Letter extends Outbox.Request {
    int sends;

    Letter(long number) {
      super(number, new byte[] {(byte) (100 + number)});
    }

    @Override
    void sent() {
      sends++;
    }
  }

  private boolean send(long number, byte[] frame) {
    if (connected) {
      line.add(new Sent(number, frame[0]));
    }
    return connected;
  }

  private Letter sent(long number) {
    Letter letter = new Letter(number);
    guard.run(() -> outbox.send(letter));
    return letter;
  }

  @Test
  void repeatsTheSameBytesUnderTheSameNumberWhileItIsRefusedForNow() {
    Letter letter = sent(1);

    for (int refusals = 0; refusals < 20; refusals++) {
      guard.run(() -> outbox.refusedForNow(letter));
      time.advance(LONGEST_PAUSE);
    }

    assertThat(line).hasSize(21).containsOnly(new Sent(1, (byte) 101));
    assertThat(letter.sends).isEqualTo(21);
  }

  @Test
  void sendsOnceAfterTwoRefusalsOfTheSameRequest() {
    Letter letter = sent(1);

    guard.run(() -> outbox.refusedForNow(letter));
    guard.run(() -> outbox.refusedForNow(letter));
    time.advance(LONGEST_PAUSE.multipliedBy(3));

    assertThat(line).hasSize(2);
  }

  @Test
  void doesNotRepeatWhatWasAnsweredMeanwhile() {
    Letter letter = sent(1);
    guard.run(() -> outbox.refusedForNow(letter));

    guard.run(() -> assertThat(outbox.remove(1)).isSameAs(letter));
    time.advance(LONGEST_PAUSE.multipliedBy(3));

    assertThat(line).hasSize(1);
    assertThat(outbox.owns(1)).isFalse();
    assertThat(outbox.remove(1)).isNull();
  }

  @Test
  void doesNotRepeatWhatIsAnsweredWhileTheTimerIsAlreadyOnItsWay() {
    Guard late = new Guard(new Uncancellable(time));
    Outbox<Letter> another = new Outbox<>(this::send, late, new Random(7));
    Letter letter = new Letter(1);
    late.run(() -> another.send(letter));
    late.run(() -> another.refusedForNow(letter));

    late.run(() -> another.remove(1));
    time.advance(LONGEST_PAUSE.multipliedBy(3));

    assertThat(line).hasSize(1);
  }

  /** Its timers have begun to run when they are cancelled. */
  private record Uncancellable(FakeTime time) implements Time {
    @Override
    public long nanoTime() {
      return time.nanoTime();
    }

    @Override
    public Timer schedule(Duration delay, Runnable action) {
      Timer unused = time.schedule(delay, action);
      return () -> {};
    }

    @Override
    public void close() {}
  }

  @Test
  void keepsWhatCannotBeSentForTheNextConnectionInTheOrderOfNumbers() {
    connected = false;
    Letter second = sent(2);
    Letter first = sent(1);
    Letter third = sent(3);
    assertThat(second.sends).isZero();

    connected = true;
    guard.run(() -> outbox.resend(2));

    assertThat(line).extracting(Sent::number).containsExactly(1L, 2L);
    assertThat(List.of(first.sends, second.sends, third.sends)).containsExactly(1, 1, 0);
  }

  @Test
  void aNewConnectionTakesThePlaceOfThePause() {
    Letter letter = sent(1);
    guard.run(() -> outbox.refusedForNow(letter));

    guard.run(() -> outbox.resend(Long.MAX_VALUE));
    time.advance(LONGEST_PAUSE.multipliedBy(3));

    assertThat(line).hasSize(2);
  }

  @Test
  void tellsTheOldestThatWaits() {
    assertThat(outbox.oldest()).isEqualTo(Long.MAX_VALUE);
    sent(4);
    sent(9);
    assertThat(outbox.oldest()).isEqualTo(4);

    guard.run(() -> outbox.remove(4));

    assertThat(outbox.oldest()).isEqualTo(9);
  }

  @Test
  void sendsNothingAfterTheEnd() {
    Letter letter = sent(1);
    sent(2);
    guard.run(() -> outbox.refusedForNow(letter));
    List<Long> told = new ArrayList<>();

    guard.run(() -> outbox.clear(ended -> told.add(ended.number)));
    time.advance(LONGEST_PAUSE.multipliedBy(3));
    guard.run(() -> outbox.resend(Long.MAX_VALUE));

    assertThat(told).containsExactly(1L, 2L);
    assertThat(line).hasSize(2);
  }
}
