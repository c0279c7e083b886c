// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.LockReply.Cancelled;
import dev.holdfast.core.lock.LockReply.Queued;
import dev.holdfast.core.lock.LockReply.Refilled;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** R20: a long queue beside the lock's own entry. */
final class LockOverflowTest {
  private static final LockMode EXCLUSIVE = new LockMode.Exclusive();

  private final LockTable table = new LockTable("popular");

  @BeforeEach
  void session() {
    table.session("s");
    table.session("t");
  }

  private static Owner owner(int number) {
    return new Owner("s", "h" + number);
  }

  /** Owner 0 holds the lock, owners 1 to {@code waiters} wait. */
  private void queue(int waiters) {
    for (int i = 0; i <= waiters; i++) {
      table.acquire(owner(i));
    }
  }

  @Test
  void putsTheSixtyFifthWaiterBesideTheEntry() {
    queue(64);

    assertThat(table.acquire(owner(65))).isEqualTo(new Queued(64));
    assertThat(table.acquire(owner(66))).isEqualTo(new Queued(65));

    assertThat(table.present().waiters()).hasSize(64);
    assertThat(table.present().overflow()).isEqualTo(2);
    assertThat(table.claim(owner(66))).contains(new Claim.Waiting(1, EXCLUSIVE));
    assertThat(table.coordinator.scan(Keys.waitsFor("popular"))).hasSize(2);
  }

  @Test
  void tellsADuplicateFromBesideTheEntryItsPosition() {
    queue(64);
    LockCommand.Acquire acquire = table.queued(owner(65), EXCLUSIVE);
    table.tell(acquire);
    table.acquire(owner(66));

    assertThat(table.tell(acquire)).isEqualTo(new Queued(64));
    assertThat(table.acquire(owner(66), new LockMode.Shared()))
        .isEqualTo(new LockReply.ModeMismatch(0));
    assertThat(table.present().overflow()).isEqualTo(2);
  }

  @Test
  void letsNobodySlipInFrontOfThoseBesideTheEntry() {
    queue(70);
    for (int i = 0; i < 65; i++) {
      table.release(owner(i));
    }
    assertThat(table.present().holders()).isEmpty();
    assertThat(table.present().waiters()).isEmpty();
    assertThat(table.present().refillNeeded()).isTrue();

    assertThat(table.acquire(new Owner("t", "late"))).isEqualTo(new Queued(6));
    assertThat(table.tryAcquire(new Owner("t", "hasty"))).isEqualTo(new LockReply.LockHeld(7));
    LockOutcome outcome = table.refill();

    assertThat(outcome.reply()).isEqualTo(new Refilled(7));
    assertThat(outcome.newGrants()).extracting(Grant::owner).containsExactly(owner(65));
  }

  @Test
  void keepsTheOrderOfTwoHundredWaitersThroughRefills() {
    queue(200);

    List<Integer> served = new ArrayList<>();
    for (int i = 0; i <= 200; i++) {
      assertThat(table.present().holders()).hasSize(1);
      Owner holder = table.present().holders().getFirst().owner();
      served.add(Integer.parseInt(holder.holder().substring(1)));
      LockOutcome outcome = table.outcome(table.releaseOf(holder));
      if (outcome.refillNeeded()) {
        assertThat(table.refill().reply()).isNotEqualTo(new Refilled(0));
      }
    }

    assertThat(served).isSorted().hasSize(201);
    assertThat(table.coordinator.scan(Keys.CLAIMS)).isEmpty();
    assertThat(table.coordinator.scan(Keys.WAITS)).isEmpty();
    assertThat(table.present().isInUse()).isFalse();
  }

  @Test
  void asksForARefillWhenFewAreLeftInTheEntry() {
    queue(65);

    for (int i = 0; i < 48; i++) {
      assertThat(table.outcome(table.endOf(owner(i))).refillNeeded()).isFalse();
    }

    assertThat(table.outcome(table.endOf(owner(48))).refillNeeded()).isTrue();
    assertThat(table.refill().refillNeeded()).isFalse();
  }

  @Test
  void cancelsAWaiterBesideTheEntryWithoutBeingToldItsTicket() {
    queue(67);

    assertThat(table.tell(table.cancelOf(owner(66)))).isEqualTo(new Cancelled());

    assertThat(table.present().overflow()).isEqualTo(2);
    assertThat(table.claim(owner(66))).isEmpty();
    assertThat(table.coordinator.scan(Keys.waitsFor("popular"))).hasSize(2);
    assertThat(table.tell(table.cancelOf(owner(66)))).isEqualTo(new Cancelled());
    assertThat(table.present().overflow()).isEqualTo(2);
  }

  @Test
  void sparesAWaiterBesideTheEntryThatAskedAnewAfterALateCancel() {
    queue(67);
    LockCommand late = table.cancelOf(owner(66));
    table.tell(late);
    table.acquire(owner(66));

    assertThat(table.tell(late)).isEqualTo(new LockReply.Moved());
    assertThat(table.claim(owner(66))).isPresent();
    assertThat(table.present().overflow()).isEqualTo(3);
  }

  @Test
  void stopsALateAcquireAlsoWhileOthersWaitBesideTheEntry() {
    queue(65);
    LockCommand.Acquire late = table.queued(owner(99), EXCLUSIVE);

    table.tell(table.cancelOf(owner(99)));

    assertThat(table.tell(late)).isEqualTo(new LockReply.StaleRequest());
  }

  @Test
  void refillsPastTicketsThatWereCancelled() {
    queue(90);
    for (int i = 65; i < 90; i++) {
      table.tell(table.cancelOf(owner(i)));
    }
    for (int i = 0; i < 65; i++) {
      table.release(owner(i));
    }

    LockOutcome outcome = table.refill();

    assertThat(outcome.newGrants()).extracting(Grant::owner).containsExactly(owner(90));
    assertThat(table.present().overflow()).isZero();
  }

  @Test
  void refillsPastMoreCancelledTicketsThanAPageHolds() {
    queue(400);
    for (int i = 65; i < 400; i++) {
      table.tell(table.cancelOf(owner(i)));
    }
    for (int i = 0; i < 65; i++) {
      table.release(owner(i));
    }

    int refills = 0;
    while (table.present().refillNeeded()) {
      table.refill();
      refills++;
    }

    assertThat(refills).isEqualTo(3);
    assertThat(table.present().holders()).extracting(Grant::owner).containsExactly(owner(400));
  }

  @Test
  void refusesARefillWithAPageThatIsOutOfDate() {
    queue(70);
    for (int i = 0; i < 60; i++) {
      table.release(owner(i));
    }
    List<EntryKey> keys = LockTransition.refillKeys("popular", table.present());
    List<Observation> page = table.coordinator.read(keys);
    table.tell(table.cancelOf(owner(66)));

    LockOutcome outcome = table.outcome(new LockCommand.Refill(page));

    assertThat(outcome.reply()).isEqualTo(new Refilled(0));
    assertThat(outcome.refillNeeded()).isTrue();
    assertThat(table.refill().reply()).isEqualTo(new Refilled(5));
    assertThat(table.outcome(new LockCommand.Refill(page)).reply()).isEqualTo(new Refilled(0));
  }

  @Test
  void keepsTheEntrySmallWithTenThousandWaiters() {
    String longest = "h".repeat(100);
    for (int i = 0; i < 10_000; i++) {
      table.acquire(new Owner("s", longest + i));
    }

    assertThat(table.present().waitersInAll()).isEqualTo(9_999);
    assertThat(LockCodec.encode(table.present()).length()).isLessThan(8 << 10);
  }
}
