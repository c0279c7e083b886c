// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.lock.LockReply.Granted;
import dev.holdfast.core.lock.LockReply.ModeMismatch;
import dev.holdfast.core.lock.LockReply.NotHeld;
import dev.holdfast.core.lock.LockReply.Queued;
import dev.holdfast.core.lock.LockReply.Released;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From exclusive to shared, with nobody in between; and what a grant's delay survives. */
final class LockDowngradeTest {
  private static final LockMode EXCLUSIVE = new LockMode.Exclusive();
  private static final LockMode SHARED = new LockMode.Shared();

  private final LockTable table = new LockTable("ledger");
  private final Owner ann = new Owner("s-ann", "h1");
  private final Owner bob = new Owner("s-bob", "h1");
  private final Owner cid = new Owner("s-cid", "h1");

  @BeforeEach
  void sessions() {
    table.session("s-ann");
    table.session("s-bob");
    table.session("s-cid");
  }

  private long held(Owner owner) {
    return ((Granted) table.tell(table.queued(owner, EXCLUSIVE))).token();
  }

  @Test
  void letsTheReadersInAndKeepsTheWriterBehindThemOut() {
    long token = held(ann);
    table.tell(table.queued(bob, SHARED));
    table.tell(table.queued(cid, EXCLUSIVE));
    int commits = table.commits;

    LockOutcome outcome = table.outcome(new LockCommand.Downgrade(ann, token));

    assertThat(table.commits).as("one commit").isEqualTo(commits + 1);
    assertThat(outcome.reply()).isEqualTo(new Granted(token + 1));
    assertThat(outcome.newGrants()).containsExactly(new Grant(bob, SHARED, token + 2));
    assertThat(table.present().holders())
        .containsExactly(new Grant(ann, SHARED, token + 1), new Grant(bob, SHARED, token + 2));
    assertThat(table.claim(ann)).contains(new Claim.Held(token + 1, SHARED));
    assertThat(table.tell(table.queued(cid, EXCLUSIVE))).isEqualTo(new Queued(0));
  }

  @Test
  void doesNotLetAWriterInThatWaitsFirst() {
    long token = held(ann);
    table.tell(table.queued(bob, EXCLUSIVE));
    table.tell(table.queued(cid, SHARED));

    LockOutcome outcome = table.outcome(new LockCommand.Downgrade(ann, token));

    assertThat(outcome.newGrants()).isEmpty();
    assertThat(table.present().holders()).containsExactly(new Grant(ann, SHARED, token + 1));
  }

  @Test
  void answersARepetitionWithTheSameToken() {
    long token = held(ann);
    LockCommand downgrade = new LockCommand.Downgrade(ann, token);

    assertThat(table.tell(downgrade)).isEqualTo(table.tell(downgrade));
    assertThat(table.present().fence()).isEqualTo(token + 1);
  }

  @Test
  void makesTheOldTokenWorthless() {
    long token = held(ann);
    table.tell(new LockCommand.Downgrade(ann, token));

    assertThat(table.tell(new LockCommand.Release(ann, token))).isEqualTo(new NotHeld());
    assertThat(table.tell(new LockCommand.Release(ann, token + 1)))
        .isEqualTo(new Released(token + 1));
  }

  @Test
  void refusesWhoDoesNotHoldItExclusively() {
    long token = held(ann);
    assertThat(table.tell(new LockCommand.Downgrade(bob, token))).isEqualTo(new NotHeld());
    assertThat(table.tell(new LockCommand.Downgrade(ann, token + 1))).isEqualTo(new NotHeld());
    table.tell(new LockCommand.Release(ann, token));
    Granted permits = (Granted) table.tell(table.queued(ann, new LockMode.Permits(1, 3)));

    assertThat(table.tell(new LockCommand.Downgrade(ann, permits.token())))
        .isEqualTo(new ModeMismatch(3));
  }

  @Test
  void keepsTheDelayOfARequestThroughTheQueueAndADowngrade() {
    long first = held(ann);
    table.tell(new LockCommand.Acquire(bob, EXCLUSIVE, true, table.coordinator.revision(), 30_000));
    table.tell(new LockCommand.Release(ann, first));
    long token = table.present().fence();
    assertThat(table.claim(bob)).contains(new Claim.Held(token, EXCLUSIVE, 30_000));

    table.tell(new LockCommand.Downgrade(bob, token));

    assertThat(table.claim(bob)).contains(new Claim.Held(token + 1, SHARED, 30_000));
  }
}
