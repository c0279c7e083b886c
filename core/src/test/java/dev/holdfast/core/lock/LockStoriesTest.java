// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.LockReply.Cancelled;
import dev.holdfast.core.lock.LockReply.Granted;
import dev.holdfast.core.lock.LockReply.LockHeld;
import dev.holdfast.core.lock.LockReply.ModeMismatch;
import dev.holdfast.core.lock.LockReply.Moved;
import dev.holdfast.core.lock.LockReply.NotHeld;
import dev.holdfast.core.lock.LockReply.Queued;
import dev.holdfast.core.lock.LockReply.Released;
import dev.holdfast.core.lock.LockReply.SessionGone;
import dev.holdfast.core.lock.LockReply.StaleRequest;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LockStoriesTest {
  private static final LockMode EXCLUSIVE = new LockMode.Exclusive();
  private static final LockMode SHARED = new LockMode.Shared();

  private final LockTable table = new LockTable("printers/3rd floor");
  private final Owner ann = new Owner("s-ann", "h1");
  private final Owner bob = new Owner("s-bob", "h1");
  private final Owner cid = new Owner("s-cid", "h1");

  @BeforeEach
  void sessions() {
    table.session("s-ann");
    table.session("s-bob");
    table.session("s-cid");
  }

  @Test
  void grantsAFreeLockWithATokenAboveTheRevision() {
    long revision = table.coordinator.revision();

    assertThat(table.acquire(ann)).isEqualTo(new Granted(revision + 1));
    assertThat(table.claim(ann)).contains(new Claim.Held(revision + 1, EXCLUSIVE));
  }

  @Test
  void givesADuplicateOfAHeldAcquireTheSameToken() {
    LockCommand.Acquire acquire = table.queued(ann, EXCLUSIVE);

    assertThat(table.tell(acquire)).isEqualTo(table.tell(acquire));
  }

  @Test
  void grantsNextWaiterInTheCommitOfTheRelease() {
    table.acquire(ann);
    assertThat(table.acquire(bob)).isEqualTo(new Queued(0));
    assertThat(table.acquire(cid)).isEqualTo(new Queued(1));
    assertThat(table.acquire(cid)).isEqualTo(new Queued(1));
    assertThat(table.claim(cid)).contains(new Claim.Waiting(Claim.Waiting.INLINE, EXCLUSIVE));
    long token = table.present().fence();
    int commits = table.commits;

    LockOutcome outcome = table.outcome(new LockCommand.Release(ann, token));

    assertThat(outcome.reply()).isEqualTo(new Released(token));
    assertThat(outcome.newGrants()).containsExactly(new Grant(bob, EXCLUSIVE, token + 1));
    assertThat(table.commits).isEqualTo(commits + 1);
    assertThat(table.claim(ann)).isEmpty();
    assertThat(table.claim(bob)).contains(new Claim.Held(token + 1, EXCLUSIVE));
  }

  @Test
  void hurriesOnlyWithWhatSomebodyWaitsFor() {
    LockTransition rules = new LockTransition();
    assertThat(rules.isUrgent(table.outcome(table.queued(ann, EXCLUSIVE)))).as("a grant").isTrue();
    assertThat(rules.isUrgent(table.outcome(table.queued(bob, EXCLUSIVE)))).as("a wait").isFalse();
    LockCommand trying = new LockCommand.Acquire(cid, EXCLUSIVE, false, 1);
    assertThat(rules.isUrgent(table.outcome(trying))).as("a refusal").isTrue();

    LockCommand byAnn = table.releaseOf(ann);
    assertThat(rules.isUrgent(table.outcome(byAnn))).as("bob waits for it").isTrue();
    assertThat(rules.isUrgent(table.outcome(byAnn))).as("not held").isTrue();
    LockCommand byBob = table.releaseOf(bob);
    assertThat(rules.isUrgent(table.outcome(byBob))).as("nobody waits for it").isFalse();
  }

  @Test
  void saysHowManyAreAheadWhenNotWaiting() {
    table.acquire(ann);
    assertThat(table.tryAcquire(bob)).isEqualTo(new LockHeld(0));
    table.acquire(bob);

    assertThat(table.tryAcquire(cid)).isEqualTo(new LockHeld(1));
    assertThat(table.claim(cid)).isEmpty();
  }

  @Test
  void letsNoSharedRequestOvertakeAWaitingExclusiveOne() {
    table.acquire(ann, SHARED);
    assertThat(table.acquire(bob, EXCLUSIVE)).isEqualTo(new Queued(0));

    assertThat(table.acquire(cid, SHARED)).isEqualTo(new Queued(1));
  }

  @Test
  void grantsConsecutiveSharedWaitersTogether() {
    table.session("s-dee");
    Owner dee = new Owner("s-dee", "h1");
    table.acquire(ann);
    table.acquire(bob, SHARED);
    table.acquire(cid, SHARED);
    table.acquire(dee, EXCLUSIVE);

    table.release(ann);

    assertThat(table.present().holders()).extracting(Grant::owner).containsExactly(bob, cid);
    assertThat(table.present().waiters()).extracting(Waiter::owner).containsExactly(dee);
  }

  @Test
  void grantsThoseBehindACancelledWaiterWhenTheyFit() {
    table.acquire(ann, SHARED);
    table.acquire(bob, EXCLUSIVE);
    table.acquire(cid, SHARED);

    LockOutcome outcome = table.outcome(table.cancelOf(bob));

    assertThat(outcome.reply()).isEqualTo(new Cancelled());
    assertThat(outcome.newGrants()).extracting(Grant::owner).containsExactly(cid);
    assertThat(table.claim(bob)).isEmpty();
  }

  @Test
  void countsPermitsAndLetsNobodyOvertakeALargeRequest() {
    assertThat(table.acquire(ann, new LockMode.Permits(2, 3))).isInstanceOf(Granted.class);
    assertThat(table.acquire(bob, new LockMode.Permits(2, 3))).isEqualTo(new Queued(0));
    assertThat(table.acquire(cid, new LockMode.Permits(1, 3))).isEqualTo(new Queued(1));

    table.release(ann);

    assertThat(table.present().holders()).extracting(Grant::owner).containsExactly(bob, cid);
  }

  @Test
  void refusesOtherModesWhileTheLockIsInUse() {
    table.acquire(ann, new LockMode.Permits(2, 3));

    assertThat(table.acquire(bob, new LockMode.Permits(1, 4))).isEqualTo(new ModeMismatch(3));
    assertThat(table.acquire(bob, EXCLUSIVE)).isEqualTo(new ModeMismatch(3));
    assertThat(table.acquire(ann, new LockMode.Permits(1, 3))).isEqualTo(new ModeMismatch(3));
    table.release(ann);
    assertThat(table.acquire(bob, EXCLUSIVE)).isInstanceOf(Granted.class);
    assertThat(table.acquire(bob, SHARED)).isEqualTo(new ModeMismatch(0));
  }

  @Test
  void refusesAReleaseByAnotherHolderOrWithAnotherToken() {
    table.acquire(ann);
    long token = table.present().fence();

    assertThat(table.release(new Owner("s-ann", "h2"))).isEqualTo(new NotHeld());
    assertThat(table.tell(new LockCommand.Release(ann, token - 1))).isEqualTo(new NotHeld());
    assertThat(table.present().grantOf(ann)).isNotNull();
    assertThat(table.tell(new LockCommand.Release(ann, token))).isEqualTo(new Released(token));
    assertThat(table.tell(new LockCommand.Release(ann, token))).isEqualTo(new NotHeld());
  }

  @Test
  void refusesALateDuplicateOfAReleasedAcquireEvenWhenTheLockIsForgotten() {
    LockCommand.Acquire acquire = table.queued(ann, EXCLUSIVE);
    table.tell(acquire);
    table.release(ann);
    table.session("s-more");
    assertThat(table.tell(new LockCommand.Forget())).isEqualTo(new LockReply.Forgotten());
    assertThat(table.state()).isNull();

    assertThat(table.tell(acquire)).isEqualTo(new StaleRequest());
    assertThat(table.state()).isNull();
    assertThat(table.acquire(ann)).isInstanceOf(Granted.class);
  }

  @Test
  void stopsAnAcquireThatItsCancelOvertook() {
    LockCommand.Acquire late = table.queued(ann, EXCLUSIVE);

    assertThat(table.tell(table.cancelOf(ann))).isEqualTo(new Cancelled());

    assertThat(table.tell(late)).isEqualTo(new StaleRequest());
    assertThat(table.state()).isNull();
  }

  @Test
  void tellsACancelThatComesTooLateOfTheGrant() {
    table.acquire(ann);
    long token = table.present().fence();

    assertThat(table.tell(table.cancelOf(ann))).isEqualTo(new Granted(token));
    assertThat(table.tell(table.endOf(ann))).isEqualTo(new Released(token));
    assertThat(table.claim(ann)).isEmpty();
  }

  @Test
  void sparesWhatItsOwnerAskedForAfterACancelThatComesLate() {
    table.acquire(ann);
    table.acquire(bob);
    LockCommand late = table.cancelOf(bob);
    LockCommand lateEnd = table.endOf(bob);
    table.tell(late);
    assertThat(table.acquire(bob)).isEqualTo(new Queued(0));

    assertThat(table.tell(late)).as("while it waits anew").isEqualTo(new Moved());
    assertThat(table.tell(lateEnd)).as("while it waits anew").isEqualTo(new Moved());
    table.release(ann);
    assertThat(table.tell(lateEnd)).as("while it holds").isEqualTo(new Moved());
    assertThat(table.present().grantOf(bob)).isNotNull();
  }

  @Test
  void sparesWhatItsOwnerAskedForAfterACancelThatFoundNothing() {
    LockCommand late = table.cancelOf(ann);
    LockCommand lateEnd = table.endOf(ann);
    table.acquire(ann);

    assertThat(table.tell(lateEnd)).isEqualTo(new Moved());

    table.release(ann);
    assertThat(table.tell(late)).as("its claim has come and gone").isEqualTo(new Moved());
  }

  @Test
  void endsOnlyTheGrantThatAReleaseNames() {
    table.acquire(ann);
    LockCommand late = table.releaseOf(ann);
    table.tell(late);
    table.acquire(ann);

    assertThat(table.tell(late)).isEqualTo(new NotHeld());
    assertThat(table.present().grantOf(ann)).isNotNull();
  }

  @Test
  void refusesAnAcquireOfAnEndedSession() {
    table.endSession("s-ann");

    assertThat(table.acquire(ann)).isEqualTo(new SessionGone());
    assertThat(table.state()).isNull();
  }

  @Test
  void passesOverAWaiterWhoseSessionHasEndedAndStillReleases() {
    table.acquire(ann);
    table.acquire(bob);
    table.acquire(cid);
    table.endSession("s-bob");

    LockOutcome outcome = table.outcome(table.releaseOf(ann));

    assertThat(outcome.reply()).isInstanceOf(Released.class);
    assertThat(outcome.newGrants()).extracting(Grant::owner).containsExactly(cid);
    assertThat(table.claim(bob)).isEmpty();
    assertThat(table.tell(table.endOf(bob))).isEqualTo(new Cancelled());
  }

  @Test
  void passesOverManyWaitersWhoseSessionsEndedTogetherInFewCommits() {
    table.acquire(ann);
    for (int i = 0; i < 60; i++) {
      table.session("s-" + i);
      table.acquire(new Owner("s-" + i, "h"));
    }
    table.acquire(bob);
    for (int i = 0; i < 60; i++) {
      table.endSession("s-" + i);
    }
    int commits = table.commits;

    table.release(ann);

    assertThat(table.present().holders()).extracting(Grant::owner).containsExactly(bob);
    assertThat(table.commits).isLessThanOrEqualTo(commits + 4);
  }

  @Test
  void grantsNextWaiterWhenHolderSessionExpires() {
    table.acquire(ann);
    table.acquire(bob);
    table.endSession("s-ann");

    LockOutcome outcome = table.outcome(table.endOf(ann));

    assertThat(outcome.newGrants()).extracting(Grant::owner).containsExactly(bob);
  }

  @Test
  void foldsManyCommandsIntoOneCommit() {
    List<LockCommand> commands = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      commands.add(table.queued(new Owner("s-ann", "h" + i), EXCLUSIVE));
    }
    int commits = table.commits;

    List<LockOutcome> outcomes = table.together(commands.toArray(LockCommand[]::new));

    assertThat(table.commits).isEqualTo(commits + 1);
    assertThat(outcomes.getFirst().reply()).isInstanceOf(Granted.class);
    assertThat(outcomes.getLast().reply()).isEqualTo(new Queued(58));
  }

  @Test
  void refusesOnlyTheCommandWhoseSessionHasEndedAndFoldsTheOthers() {
    table.endSession("s-bob");

    List<LockOutcome> outcomes =
        table.together(
            table.queued(ann, EXCLUSIVE),
            table.queued(bob, EXCLUSIVE),
            table.queued(cid, EXCLUSIVE));

    assertThat(outcomes).extracting(LockOutcome::reply).contains(new SessionGone());
    assertThat(outcomes.get(2).reply()).isEqualTo(new Queued(0));
  }

  @Test
  void decidesAnewWhenTheLockHasMoved() {
    Observation old = table.observed();
    LockCommand.Acquire mine = table.queued(ann, EXCLUSIVE);
    table.tell(mine);

    List<LockOutcome> outcomes = table.togetherOn(old, mine, table.queued(bob, EXCLUSIVE));

    assertThat(outcomes.get(0).reply()).isEqualTo(new Granted(table.present().fence()));
    assertThat(outcomes.get(1).reply()).isEqualTo(new Queued(0));
  }

  @Test
  void forgetsOnlyAnIdleLockWhoseFenceIsBelowTheRevision() {
    table.acquire(ann);
    assertThat(table.tell(new LockCommand.Forget())).isEqualTo(new LockReply.NotForgotten());
    for (int i = 0; i < 5; i++) {
      // One commit that gives two tokens: the fence keeps ahead of the revision.
      long last = table.present().fence();
      Owner first = new Owner("s-bob", "a" + i);
      Owner second = new Owner("s-bob", "b" + i);
      table.together(
          table.queued(first, EXCLUSIVE),
          table.queued(second, EXCLUSIVE),
          table.releaseOf(ann),
          new LockCommand.Release(first, last + 1),
          new LockCommand.Release(second, last + 2));
    }
    long fence = table.present().fence();
    assertThat(fence).isGreaterThan(table.coordinator.revision());
    assertThat(table.tell(new LockCommand.Forget())).isEqualTo(new LockReply.NotForgotten());

    while (table.coordinator.revision() <= fence) {
      table.tell(table.cancelOf(cid));
    }

    assertThat(table.tell(new LockCommand.Forget())).isEqualTo(new LockReply.Forgotten());
    assertThat(table.coordinator.read(Keys.lock(table.lock)).isPresent()).isFalse();
    assertThat(table.acquire(ann))
        .isInstanceOfSatisfying(Granted.class, g -> assertThat(g.token()).isGreaterThan(fence));
  }

  @Test
  void queuesHoldersBeyondTheLimit() {
    for (int i = 0; i < LockState.HOLDERS_MAX; i++) {
      assertThat(table.acquire(new Owner("s-ann", "h" + i), SHARED)).isInstanceOf(Granted.class);
    }

    assertThat(table.acquire(bob, SHARED)).isEqualTo(new Queued(0));
    table.release(new Owner("s-ann", "h7"));
    assertThat(table.present().grantOf(bob)).isNotNull();
  }
}
