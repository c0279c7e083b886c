// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.Keys;
import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EphemeralsTest {
  private static final EntryKey A = Keys.mapEntry("m", "a");
  private static final EntryKey B = Keys.mapEntry("m", "b");
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long GRACE = Ephemerals.GRACE.toNanos();

  /** A clock may stand anywhere, at the end of its numbers too. */
  private static final long START = Long.MAX_VALUE - SECOND;

  private final Ephemerals ephemerals = new Ephemerals();

  @Test
  void theHomeDeletesAnEntryWhenItsTimeIsOverAndNotBefore() {
    ephemerals.seen(A, 7, ttl(10), START);

    assertThat(due(10 * SECOND - 1, true)).isEmpty();
    assertThat(due(10 * SECOND, true)).containsExactly(overdue(A, 7, ttl(10)));
  }

  @Test
  void anotherNodeDeletesItWhenTheHomeDidNot() {
    ephemerals.seen(A, 7, ttl(10), START);

    assertThat(due(10 * SECOND, false)).isEmpty();
    assertThat(due(10 * SECOND + GRACE - 1, false)).isEmpty();
    assertThat(due(10 * SECOND + GRACE, false)).hasSize(1);
  }

  @Test
  void aDeletionThatFailedIsHandedOutAgainUntilTheEntryIsGone() {
    ephemerals.seen(A, 7, ttl(10), START);
    assertThat(due(10 * SECOND, true)).hasSize(1);
    assertThat(due(10 * SECOND, true)).isEmpty();

    assertThat(due(10 * SECOND + GRACE, true)).hasSize(1);
    ephemerals.gone(A);

    assertThat(due(100 * SECOND, true)).isEmpty();
    assertThat(ephemerals.count()).isZero();
  }

  @Test
  void seenAgainAtTheSameVersionItsTimeGoesOn() {
    ephemerals.seen(A, 7, ttl(10), START);
    ephemerals.seen(A, 7, ttl(10), START + 9 * SECOND);

    assertThat(due(10 * SECOND, true)).hasSize(1);
  }

  @Test
  void writtenAgainItsTimeBeginsAnew() {
    ephemerals.seen(A, 7, ttl(10), START);
    ephemerals.seen(A, 8, ttl(10), START + 9 * SECOND);

    assertThat(due(19 * SECOND - 1, true)).isEmpty();
    assertThat(due(19 * SECOND, true)).containsExactly(overdue(A, 8, ttl(10)));
  }

  @Test
  void aPlainWriteMakesItStay() {
    ephemerals.seen(A, 7, ttl(10), START);
    ephemerals.seen(B, 7, new Expiry.WithSession("s"), START);
    ephemerals.seen(A, 8, Expiry.NEVER, START);
    ephemerals.seen(B, 8, Expiry.NEVER, START);
    ephemerals.ended("s", START);

    assertThat(due(1_000 * SECOND, true)).isEmpty();
    assertThat(ephemerals.count()).isZero();
    assertThat(ephemerals.sessions()).isEmpty();
  }

  @Test
  void whatIsBoundToASessionIsDueWhenItEndsAndNothingElse() {
    ephemerals.seen(A, 7, new Expiry.WithSession("s"), START);
    ephemerals.seen(B, 7, new Expiry.WithSession("t"), START);
    assertThat(due(1_000 * SECOND, true)).isEmpty();

    ephemerals.ended("s", START + 1_000 * SECOND);

    assertThat(due(1_000 * SECOND, true))
        .containsExactly(overdue(A, 7, new Expiry.WithSession("s")));
    assertThat(ephemerals.sessions()).containsExactlyInAnyOrder("s", "t");
  }

  @Test
  void aSessionThatIsSaidToHaveEndedAgainGivesTheHomeNoSecondFirstTry() {
    ephemerals.seen(A, 7, new Expiry.WithSession("s"), START);
    ephemerals.ended("s", START);
    assertThat(due(0, false)).isEmpty();
    ephemerals.ended("s", START + GRACE / 2);

    assertThat(due(GRACE, false)).hasSize(1);
    ephemerals.gone(A);
    assertThat(due(100 * GRACE, false)).isEmpty();
  }

  @Test
  void aSessionThatIsSaidToHaveEndedAgainLeavesNothingBehind() {
    ephemerals.seen(A, 7, new Expiry.WithSession("s"), START);
    ephemerals.ended("s", START);
    assertThat(due(0, false)).isEmpty();
    ephemerals.ended("s", START + GRACE / 2);

    ephemerals.gone(A);

    assertThat(due(GRACE, false)).isEmpty();
  }

  @Test
  void nothingIsDueOfASessionThatLivesAfterAll() {
    ephemerals.seen(A, 7, new Expiry.WithSession("s"), START);
    ephemerals.ended("s", START);
    assertThat(due(0, true)).hasSize(1);

    ephemerals.lives("s");

    assertThat(due(1_000 * SECOND, true)).isEmpty();
    ephemerals.ended("s", START + 1_000 * SECOND);
    assertThat(due(1_000 * SECOND, true)).hasSize(1);
  }

  @Test
  void forgetsWhatIsAbsentAfterChangesWereMissed() {
    ephemerals.seen(A, 7, ttl(10), START);
    ephemerals.seen(B, 7, ttl(10), START);

    ephemerals.retain(Set.of(B));

    assertThat(due(10 * SECOND, true)).containsExactly(overdue(B, 7, ttl(10)));
  }

  @Test
  void handsOutNoMoreThanItIsAskedFor() {
    ephemerals.seen(A, 7, ttl(10), START);
    ephemerals.seen(B, 7, ttl(11), START);

    assertThat(ephemerals.take(START + 20 * SECOND, 1, key -> true))
        .containsExactly(overdue(A, 7, ttl(10)));
    assertThat(ephemerals.take(START + 20 * SECOND, 1, key -> true))
        .containsExactly(overdue(B, 7, ttl(11)));
  }

  @Test
  void aValueKeepsItsBytesAndItsExpiry() {
    byte[] value = "wört".getBytes(StandardCharsets.UTF_8);
    for (Expiry expiry :
        List.of(
            Expiry.NEVER,
            ttl(30),
            new Expiry.WithSession("s"),
            new Expiry.WithSession("x".repeat(64)))) {
      Bytes encoded = MapValue.encode(value, expiry);

      assertThat(MapValue.expiry(encoded)).isEqualTo(expiry);
      assertThat(MapValue.decode(encoded)).isEqualTo(value);
      assertThat(MapValue.sizeBytes(encoded)).isEqualTo(value.length);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\u0004x", "\u0002short", "\u0003\u0009short", "\u0003\u0001/"})
  void aValueOfAnotherFormIsUnreadable(String bytes) {
    Bytes value = Bytes.wrap(bytes.getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> MapValue.expiry(value)).isInstanceOf(UnreadableEntryException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 999, -1, 31_536_000_001L})
  void refusesATtlOutOfRange(long millis) {
    assertThatThrownBy(() -> new Expiry.After(millis)).hasMessageContaining("1s to 8760h");
  }

  @Test
  void refusesAKeyThatIsBoundToAnotherSessionThanItsWriters() {
    MapChange change =
        MapChange.put("m", "a", new byte[1], MapChange.ANY, new Expiry.WithSession("other"));

    assertThatThrownBy(() ->
            new MapWrite(
                new dev.holdfast.core.operation.Operation("s", 0, 1, false), List.of(change), null))
        .hasMessageContaining("the session that writes it");
  }

  private List<Ephemerals.Overdue> due(long sinceStart, boolean home) {
    return ephemerals.take(START + sinceStart, 100, key -> home);
  }

  private static Expiry ttl(long seconds) {
    return new Expiry.After(seconds * 1_000);
  }

  private static Ephemerals.Overdue overdue(EntryKey key, long version, Expiry expiry) {
    return new Ephemerals.Overdue(key, version, expiry);
  }
}
