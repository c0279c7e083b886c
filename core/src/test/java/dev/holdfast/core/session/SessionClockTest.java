// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class SessionClockTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Duration NODE_LEASE = Duration.ofSeconds(4);

  /** The clock of a process may start anywhere, and overflow while the session lives. */
  private static final long START = Math.subtractExact(Long.MAX_VALUE, 3 * SECOND);

  private final Session session = new Session(10_000, new SessionHost("n1", 1), 0);
  private final SessionClock clock = SessionClock.created(session, START);

  private static HostSight sure(long nowNanos) {
    return new HostSight(true, nowNanos + SECOND, 40, 40);
  }

  private static SessionClock acknowledged(KeepAlive answer) {
    if (answer instanceof KeepAlive.Acknowledged acknowledged) {
      return acknowledged.clock();
    }
    throw new AssertionError(answer);
  }

  private static void refused(KeepAlive answer, KeepAlive.Why why) {
    assertThat(answer).isEqualTo(new KeepAlive.Refused(why));
  }

  @Test
  void isDueAfterItsTtlAndNotBefore() {
    assertThat(clock.isDue(START)).isFalse();
    assertThat(clock.isDue(START + 10 * SECOND - 1)).isFalse();
    assertThat(clock.isDue(START + 10 * SECOND)).isTrue();
  }

  @Test
  void livesFromTheLastAcknowledgedKeepAlive() {
    long later = START + 9 * SECOND;

    SessionClock next = acknowledged(clock.keepAlive(later, sure(later)));

    assertThat(next.isDue(later + 10 * SECOND - 1)).isFalse();
    assertThat(next.isDue(later + 10 * SECOND)).isTrue();
  }

  @Test
  void givesAnAdoptedSessionTheLeaseOfTheOldHostOnTop() {
    SessionClock adopted = SessionClock.adopted(session, START, NODE_LEASE);

    assertThat(adopted.isDue(START + 14 * SECOND - 1)).isFalse();
    assertThat(adopted.isDue(START + 14 * SECOND)).isTrue();
  }

  @Test
  void isNotShortenedByAKeepAliveAfterAnAdoption() {
    SessionClock adopted = SessionClock.adopted(session, START, NODE_LEASE);

    SessionClock next = acknowledged(adopted.keepAlive(START + SECOND, sure(START + SECOND)));

    assertThat(next.isDue(START + 13 * SECOND)).isFalse();
    assertThat(next.isDue(START + 14 * SECOND)).isTrue();
  }

  @Test
  void acknowledgesNothingOnceItsExpiryIsSubmitted() {
    SessionClock ending = clock.expirySubmitted();
    long later = START + 10 * SECOND;

    refused(ending.keepAlive(later, sure(later)), KeepAlive.Why.ENDING);
    assertThat(ending.isDue(later)).isFalse();

    SessionClock alive = ending.expiryFailed();
    assertThat(alive.isDue(later)).isTrue();
    assertThat(acknowledged(alive.keepAlive(later, sure(later))).isDue(later)).isFalse();
  }

  @Test
  void acknowledgesNothingWhenTheLeaseOfItsHostMayBeOver() {
    HostSight over = new HostSight(true, START, 40, 40);

    refused(clock.keepAlive(START, over), KeepAlive.Why.LEASE_UNSURE);
    assertThat(clock.keepAlive(START - 1, over)).isInstanceOf(KeepAlive.Acknowledged.class);
  }

  @Test
  void acknowledgesNothingBeforeItsHostHasAppliedWhatItsLeaseProved() {
    refused(
        clock.keepAlive(START, new HostSight(true, START + SECOND, 41, 40)), KeepAlive.Why.BEHIND);
  }

  @Test
  void acknowledgesNothingForAnotherHost() {
    refused(
        clock.keepAlive(START, new HostSight(false, START + SECOND, 40, 40)),
        KeepAlive.Why.NOT_HOST);
  }
}
