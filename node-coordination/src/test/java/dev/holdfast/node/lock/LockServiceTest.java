// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.ClaimSight;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.core.session.EndedSession;
import dev.holdfast.core.session.SessionHost;
import dev.holdfast.node.InProcessNode;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult.Committed;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.CommitFate;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LockServiceTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration DELAY = Duration.ofMinutes(10);
  private static final LockMode EXCLUSIVE = new LockMode.Exclusive();

  private InMemoryCluster memory;
  private Map<String, InProcessNode> nodes;
  private ExecutorService threads;

  @BeforeEach
  void start() {
    memory = InMemoryCluster.realTime();
    nodes = InProcessNode.start(3, memory);
    threads = Executors.newVirtualThreadPerTaskExecutor();
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
    nodes.values().forEach(InProcessNode::close);
    memory.close();
  }

  @Test
  void grantsAndReleasesThroughAnyNode() {
    Owner owner = newOwner("n1");

    long token = granted(acquire("n2", "printer", owner, Duration.ZERO));
    Settled<LockReply> released = node("n3").locks.release("printer", owner, token);

    assertThat(released.reply()).isEqualTo(new LockReply.Released(token));
  }

  @Test
  void givesTheSameTokenToTheSameOwnerAgain() {
    Owner owner = newOwner("n1");

    long first = granted(acquire("n1", "printer", owner, Duration.ZERO));
    long again = granted(acquire("n3", "printer", owner, Duration.ZERO));

    assertThat(again).isEqualTo(first);
  }

  @Test
  void grantsNextWaiterOnAnotherNodeWhenTheHolderReleases() throws Exception {
    Owner holder = newOwner("n1");
    Owner waiter = newOwner("n2");
    long first = granted(acquire("n1", "printer", holder, Duration.ZERO));

    Future<Settled<LockReply>> waiting =
        threads.submit(() -> acquire("n2", "printer", waiter, LONG));
    awaitWaiters("printer", 1);
    node("n3").locks.release("printer", holder, first);

    assertThat(granted(waiting.get())).isGreaterThan(first);
  }

  @Test
  void grantsNextWaiterWhenTheHoldersSessionIsClosed() throws Exception {
    Owner holder = newOwner("n1");
    Owner waiter = newOwner("n2");
    long first = granted(acquire("n1", "printer", holder, Duration.ZERO));
    Future<Settled<LockReply>> waiting =
        threads.submit(() -> acquire("n2", "printer", waiter, LONG));
    awaitWaiters("printer", 1);

    node("n3").sessions.close(holder.session());

    assertThat(granted(waiting.get())).isGreaterThan(first);
  }

  @Test
  void tellsThePositionWhenTheWaitEndsAndNeverGrantsLater() {
    Owner holder = newOwner("n1");
    Owner waiter = newOwner("n2");
    long first = granted(acquire("n1", "printer", holder, Duration.ZERO));

    Settled<LockReply> waited = acquire("n2", "printer", waiter, Duration.ofMillis(50));
    node("n1").locks.release("printer", holder, first);

    assertThat(waited.reply()).isInstanceOf(LockReply.LockHeld.class);
    assertThat(claim("printer", waiter).isPresent()).isFalse();
  }

  @Test
  void withdrawsTheRequestOfAClientThatHasGone() throws Exception {
    Owner holder = newOwner("n1");
    Owner waiter = newOwner("n2");
    granted(acquire("n1", "printer", holder, Duration.ZERO));
    AtomicReference<Runnable> whenGone = new AtomicReference<>();

    Future<Settled<LockReply>> waiting =
        threads.submit(
            () -> node("n2").locks.acquire("printer", waiter, EXCLUSIVE, -1, LONG, whenGone::set));
    awaitWaiters("printer", 1);
    whenGone.get().run();
    waiting.get();

    assertThat(claim("printer", waiter).isPresent()).isFalse();
    awaitWaiters("printer", 0);
  }

  @Test
  void refusesAnEndedSession() {
    Owner owner = newOwner("n1");
    node("n1").sessions.close(owner.session());

    assertThat(acquire("n2", "printer", owner, Duration.ZERO).reply())
        .isEqualTo(new LockReply.SessionGone());
  }

  @Test
  void refusesALateDuplicateOfAnAcquireThatWasReleased() {
    Owner owner = newOwner("n1");
    long seen = memory.revision();
    long token =
        granted(
            node("n1")
                .locks
                .acquire("printer", owner, EXCLUSIVE, seen, LONG, LockServiceTest::stays));
    node("n2").locks.release("printer", owner, token);

    Settled<LockReply> late =
        node("n3").locks.acquire("printer", owner, EXCLUSIVE, seen, LONG, LockServiceTest::stays);

    assertThat(late.reply()).isEqualTo(new LockReply.StaleRequest());
  }

  @Test
  void refusesALateAcquireThatACancelHasOvertaken() {
    Owner owner = newOwner("n1");
    long seen = memory.revision();
    node("n2").locks.cancel("printer", owner);

    Settled<LockReply> late =
        node("n3").locks.acquire("printer", owner, EXCLUSIVE, seen, LONG, LockServiceTest::stays);

    assertThat(late.reply()).isEqualTo(new LockReply.StaleRequest());
  }

  @Test
  void actsItselfWhenTheHomeIsDown() {
    Owner owner = newOwner("n1");
    String home = node("n1").gateway.homeOf("printer");
    InProcessNode other =
        nodes.values().stream().filter(node -> !node.id.equals(home)).findFirst().orElseThrow();

    node(home).peers.setDown(true);
    long token = granted(acquire(other.id, "printer", owner, Duration.ZERO));

    assertThat(other.locks.release("printer", owner, token).reply())
        .isEqualTo(new LockReply.Released(token));
  }

  @Test
  void repeatsACommandWhoseReplyWasLostWithoutGrantingTwice() {
    Owner owner = newOwner("n1");
    String home = node("n1").gateway.homeOf("printer");
    InProcessNode other =
        nodes.values().stream().filter(node -> !node.id.equals(home)).findFirst().orElseThrow();

    node(home).peers.loseReplies();
    long token = granted(acquire(other.id, "printer", owner, Duration.ZERO));

    // The first release was run at the home. The repeated one finds nothing to do, and must not
    // say that there was nothing.
    assertThatThrownBy(() -> other.locks.release("printer", owner, token))
        .isInstanceOf(OutcomeUnknownException.class);
    assertThat(claim("printer", owner).isPresent()).isFalse();
  }

  /** Its client gave up, released what it may have got, and does not expect to hold it any more. */
  @Test
  void doesNotGrantAgainWhatWasReleasedWhileItsFirstTryWasNotAnswered() {
    Owner owner = newOwner("n1");
    InProcessNode home = node(node("n1").gateway.homeOf("printer"));
    InProcessNode other =
        nodes.values().stream().filter(node -> node != home).findFirst().orElseThrow();
    AtomicBoolean released = new AtomicBoolean();
    home.peers.loseReplies(() -> {
      if (released.compareAndSet(false, true)) {
        assertThat(home.locks.release("printer", owner).reply())
            .isInstanceOf(LockReply.Released.class);
      }
    });

    assertThatThrownBy(() -> acquire(other.id, "printer", owner, Duration.ZERO))
        .isInstanceOf(OutcomeUnknownException.class);

    assertThat(claim("printer", owner).isPresent()).isFalse();
  }

  @Test
  void doesNotSayThatNothingWasChangedAfterATryThatWasNotAnswered() {
    Owner owner = newOwner("n1");
    String home = node("n1").gateway.homeOf("printer");
    InProcessNode other =
        nodes.values().stream().filter(node -> !node.id.equals(home)).findFirst().orElseThrow();

    node(home).peers.loseReplies();
    memory.partition(other.id, CommitFate.UNAVAILABLE);

    assertThatThrownBy(() -> acquire(other.id, "printer", owner, Duration.ZERO))
        .isInstanceOf(OutcomeUnknownException.class);
    memory.heal(other.id);
    assertThat(claim("printer", owner).isPresent()).isTrue();
  }

  // What a stopped home executes late, after its caller has acted itself.

  @Test
  void aReleaseThatIsExecutedLateDoesNotEndANewerGrant() {
    Owner owner = newOwner("n1");
    InProcessNode home = node(node("n1").gateway.homeOf("printer"));
    InProcessNode other = otherThan(home);
    long first = granted(acquire(other.id, "printer", owner, Duration.ZERO));
    home.peers.holdRequests();

    Settled<LockReply> released = other.locks.release("printer", owner);
    assertThat(released.reply()).isEqualTo(new LockReply.Released(first));
    long second = granted(acquire(other.id, "printer", owner, Duration.ZERO));
    home.peers.goOn();

    assertThat(second).isGreaterThan(first);
    assertThat(claim("printer", owner).isPresent()).as("held still").isTrue();
    assertThat(acquire("n2", "printer", newOwner("n2"), Duration.ZERO).reply())
        .isInstanceOf(LockReply.LockHeld.class);
  }

  @Test
  void aCancelThatIsExecutedLateDoesNotWithdrawANewerWait() throws Exception {
    Owner holder = newOwner("n1");
    Owner waiter = newOwner("n2");
    InProcessNode home = node(node("n1").gateway.homeOf("printer"));
    InProcessNode other = otherThan(home);
    long token = granted(acquire(other.id, "printer", holder, Duration.ZERO));
    home.peers.holdRequests();
    assertThat(acquire(other.id, "printer", waiter, Duration.ofMillis(20)).reply())
        .isInstanceOf(LockReply.LockHeld.class);

    Future<Settled<LockReply>> anew =
        threads.submit(() -> acquire(other.id, "printer", waiter, LONG));
    awaitWaiters("printer", 1);
    home.peers.goOn();
    other.locks.release("printer", holder, token);

    assertThat(granted(anew.get())).isGreaterThan(token);
  }

  @Test
  void givingUpThatIsExecutedLateEndsNeitherANewerWaitNorANewerGrant() throws Exception {
    Owner owner = newOwner("n1");
    InProcessNode home = node(node("n1").gateway.homeOf("printer"));
    InProcessNode other = otherThan(home);
    long first = granted(acquire(other.id, "printer", owner, Duration.ZERO));
    home.peers.holdRequests();

    assertThat(other.locks.giveUp("printer", owner).get().reply())
        .isEqualTo(new LockReply.Released(first));
    granted(acquire(other.id, "printer", owner, Duration.ZERO));
    home.peers.goOn();

    assertThat(claim("printer", owner).isPresent()).isTrue();
  }

  @Test
  void givesUpWhateverThereIsAlsoWhenThisNodeHasNotLearnedOfItYet() throws Exception {
    Owner owner = newOwner("n1");
    node("n2").locks.giveUp("printer", owner).get();
    granted(acquire("n1", "printer", owner, Duration.ZERO));

    Settled<LockReply> ended =
        node("n3")
            .gateway
            .endHolder("printer", owner, new ClaimSight(0, 1), LockService.COMMAND_TIMEOUT);

    assertThat(ended.reply()).isInstanceOf(LockReply.Released.class);
    assertThat(claim("printer", owner).isPresent()).isFalse();
  }

  @Test
  void withdrawsWaitsWhenTheNodeStopsAndSaysThatNothingWasDone() throws Exception {
    Owner holder = newOwner("n1");
    Owner waiter = newOwner("n2");
    granted(acquire("n1", "printer", holder, Duration.ZERO));
    Future<Settled<LockReply>> waiting =
        threads.submit(() -> acquire("n2", "printer", waiter, LONG));
    awaitWaiters("printer", 1);

    node("n2").locks.endWaits();

    assertThatThrownBy(waiting::get).hasCauseInstanceOf(UnavailableException.class);
    awaitWaiters("printer", 0);
    assertThatThrownBy(() -> acquire("n2", "printer", waiter, LONG))
        .isInstanceOf(UnavailableException.class);
    awaitWaiters("printer", 0);
  }

  private InProcessNode otherThan(InProcessNode home) {
    return nodes.values().stream().filter(node -> node != home).findFirst().orElseThrow();
  }

  @Test
  void neverHasTwoHoldersAndTokensRiseUnderContentionThroughAllNodes() throws Exception {
    int clients = 24;
    int rounds = 10;
    AtomicInteger inside = new AtomicInteger();
    ConcurrentLinkedQueue<Long> tokens = new ConcurrentLinkedQueue<>();
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      String id = "n" + (1 + i % 3);
      all.add(
          threads.submit(() -> {
            Owner owner = newOwner(id);
            for (int round = 0; round < rounds; round++) {
              long token = granted(acquire(id, "hot", owner, LONG));
              assertThat(inside.incrementAndGet()).isEqualTo(1);
              tokens.add(token);
              inside.decrementAndGet();
              node(id).locks.release("hot", owner, token);
            }
          }));
    }
    for (Future<?> one : all) {
      one.get();
    }

    assertThat(List.copyOf(tokens)).hasSize(clients * rounds).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void servesAQueueThatIsLongerThanTheLocksEntryInOrder() throws Exception {
    int waiters = 200;
    Owner holder = newOwner("n1");
    long first = granted(acquire("n1", "long", holder, Duration.ZERO));
    ConcurrentLinkedQueue<Integer> served = new ConcurrentLinkedQueue<>();
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < waiters; i++) {
      int number = i;
      Owner owner = newOwner("n1");
      all.add(
          threads.submit(() -> {
            long token = granted(acquire("n1", "long", owner, LONG));
            served.add(number);
            node("n1").locks.release("long", owner, token);
          }));
      awaitWaiters("long", i + 1);
    }

    node("n1").locks.release("long", holder, first);
    for (Future<?> one : all) {
      one.get();
    }

    assertThat(List.copyOf(served)).hasSize(waiters).isSorted();
  }

  @Test
  void leavesAGrantWithADelayUntilItHasPassedWhenItsSessionExpires() {
    Owner owner = newOwner("n1");
    InProcessNode n1 = node("n1");
    n1.locks.acquire(
        "slow", owner, EXCLUSIVE, -1, Duration.ZERO, DELAY.toMillis(), LockServiceTest::stays);
    granted(acquire("n1", "quick", owner, Duration.ZERO));
    AtomicLong now = new AtomicLong();
    try (EndedSessions clocked =
        new EndedSessions(n1.coordinator, n1.gateway, n1.homes, now::get)) {
      expire(owner.session());
      Await.until(LONG, "quick is released", () -> !claim("quick", owner).isPresent());
      assertThat(claim("slow", owner).isPresent()).isTrue();
      clocked.run();
      assertThat(claim("slow", owner).isPresent()).isTrue();

      now.set(DELAY.toNanos());

      Await.until(
          LONG,
          "slow is released",
          () -> {
            clocked.run();
            return !claim("slow", owner).isPresent();
          });
    }
    Owner next = newOwner("n1");
    granted(acquire("n2", "slow", next, Duration.ZERO));
  }

  @Test
  void passesAGrantWithADelayOnAtOnceWhenItsSessionIsClosed() {
    Owner owner = newOwner("n1");
    node("n1")
        .locks
        .acquire(
            "slow", owner, EXCLUSIVE, -1, Duration.ZERO, DELAY.toMillis(), LockServiceTest::stays);

    node("n1").sessions.close(owner.session());

    granted(acquire("n2", "slow", newOwner("n2"), LONG));
  }

  /** As its host does it. */
  private void expire(String session) {
    Transaction expiry =
        new Transaction(
            List.of(new Condition.Exists(Keys.session(session))),
            List.of(
                new Change.Delete(Keys.session(session)),
                new Change.Put(
                    Keys.ended(session),
                    new EndedSession(EndedSession.Reason.EXPIRED, new SessionHost("n1", 1))
                        .encode())));
    assertThat(node("n1").coordinator.commit(expiry, LONG)).isInstanceOf(Committed.class);
  }

  @Test
  void forgetsALockThatNobodyUsedBetweenTwoLooks() {
    Owner owner = newOwner("n1");
    long token = granted(acquire("n1", "idle", owner, Duration.ZERO));
    node("n1").locks.release("idle", owner, token);
    InProcessNode home = node(node("n1").gateway.homeOf("idle"));
    LockSweeper sweeper = new LockSweeper(home.coordinator, home.gateway, home.homes);
    awaitApplied(home);

    sweeper.run();
    assertThat(home.coordinator.read(Keys.lock("idle"), LONG).isPresent()).isTrue();
    sweeper.run();

    assertThat(home.coordinator.read(Keys.lock("idle"), LONG).isPresent()).isFalse();
    assertThat(granted(acquire("n2", "idle", owner, Duration.ZERO))).isGreaterThan(token);
  }

  /** A client that never goes away. */
  private static void stays(Runnable whenGone) {}

  private void awaitApplied(InProcessNode node) {
    Await.until(
        LONG,
        node.id + " has applied all",
        () -> node.coordinator.status().appliedRevision() >= memory.revision());
  }

  private void awaitWaiters(String lock, int count) {
    Await.until(
        LONG,
        count + " waiters on " + lock,
        () -> {
          var entry = node("n1").coordinator.read(Keys.lock(lock), LONG).entry();
          return entry != null
              && new dev.holdfast.core.lock.LockTransition().decode(entry.value()).waitersInAll()
                  == count;
        });
  }

  private Observation claim(String lock, Owner owner) {
    return node("n1").coordinator.read(Keys.claim(owner.session(), lock, owner.holder()), LONG);
  }

  private InProcessNode node(String id) {
    return java.util.Objects.requireNonNull(nodes.get(id));
  }

  private Owner newOwner(String at) {
    return new Owner(node(at).sessions.create(Duration.ofMinutes(5)).id(), "h");
  }

  private Settled<LockReply> acquire(String at, String lock, Owner owner, Duration wait) {
    return node(at).locks.acquire(lock, owner, EXCLUSIVE, -1, wait, LockServiceTest::stays);
  }

  private static long granted(Settled<LockReply> settled) {
    assertThat(settled.reply()).isInstanceOf(LockReply.Granted.class);
    return ((LockReply.Granted) settled.reply()).token();
  }
}
