// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.transition.Decision;
import dev.holdfast.core.transition.Sight;
import dev.holdfast.core.transition.Transition;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.CommitFate;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TransactorTest {
  private static final EntryKey KEY = new EntryKey("sum/a");
  private static final EntryKey OTHER_KEY = new EntryKey("sum/b");
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final int READ = 0;
  private static final int BREAK = -1;
  private static final int HOLD = -2;

  /** Adds like any other, but nobody waits for it. */
  private static final int UNHURRIED = 1_000;

  private final InMemoryCluster cluster = InMemoryCluster.realTime();
  private final Coordinator n1 = cluster.open("n1");
  private final Coordinator n2 = cluster.open("n2");
  private final Sum rules = new Sum();
  private final Transactor<Integer, Integer, Integer> sums = transactor(n1);
  private final Transactor<Integer, Integer, Integer> elsewhere = transactor(n2);
  private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() {
    rules.release.countDown();
    callers.close();
    cluster.close();
  }

  private static Transactor<Integer, Integer, Integer> transactor(
      Coordinator coordinator, Sum rules) {
    return new Transactor<>(rules, coordinator, Meter.NONE, System::nanoTime);
  }

  private Transactor<Integer, Integer, Integer> transactor(Coordinator coordinator) {
    return transactor(coordinator, rules);
  }

  /** Adds the command to the entry; the reply is the sum. 0 reads. */
  private static final class Sum implements Transition<Integer, Integer, Integer> {
    final CountDownLatch held = new CountDownLatch(1);
    final CountDownLatch release = new CountDownLatch(1);
    final CountDownLatch askedForHurry = new CountDownLatch(1);

    @Override
    public Decision<Integer, Integer> decide(
        @Nullable Integer state, Integer command, Sight sight) {
      int sum = state == null ? 0 : state;
      if (command == READ) {
        return new Decision.Keep<>(sum);
      }
      if (command == BREAK) {
        throw new StackOverflowError("broken on purpose");
      }
      if (command == HOLD) {
        held.countDown();
        Await.get(() -> {
          release.await();
          return 0;
        });
        return new Decision.Keep<>(sum);
      }
      return new Decision.Become<>(sum + command, sum + command, List.of(), List.of());
    }

    @Override
    public boolean isUrgent(Integer sum) {
      askedForHurry.countDown();
      return sum != UNHURRIED;
    }

    @Override
    public @Nullable Integer refuse(Integer command, Observation failed) {
      return null;
    }

    @Override
    public Bytes encode(Integer state) {
      return Bytes.utf8(state.toString());
    }

    @Override
    public Integer decode(Bytes value) {
      return Integer.valueOf(value.toUtf8());
    }
  }

  private Future<Settled<Integer>> begin(int command) {
    return callers.submit(() -> sums.submit(KEY, command, TIMEOUT));
  }

  /** The queue serves one command and stays there until it is released. */
  private Future<Settled<Integer>> holdTheLane() throws InterruptedException {
    Future<Settled<Integer>> holding = begin(HOLD);
    rules.held.await();
    return holding;
  }

  /** Returns when so many commands wait behind the one that holds the queue. */
  private void awaitWaiting(int count) {
    Await.until(TIMEOUT, count + " commands wait", () -> sums.waiting(KEY) == count);
  }

  private List<Future<Settled<Integer>>> beginMany(int count) {
    List<Future<Settled<Integer>>> begun = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      begun.add(begin(1));
    }
    awaitWaiting(count);
    return begun;
  }

  @Test
  void foldsManyWaitingCommandsIntoFewCommits() throws Exception {
    int commands = 3 * Transactor.FOLD_COMMANDS_MAX + 1;
    Future<Settled<Integer>> holding = holdTheLane();
    List<Future<Settled<Integer>>> begun = beginMany(commands);
    long before = cluster.revision();
    rules.release.countDown();

    List<Integer> sumsSeen = new ArrayList<>();
    for (Future<Settled<Integer>> one : begun) {
      sumsSeen.add(one.get().reply());
    }
    assertThat(holding.get().reply()).isZero();
    assertThat(sumsSeen).as("each command counts once").doesNotHaveDuplicates();
    assertThat(sumsSeen).contains(1, commands);
    assertThat(cluster.revision() - before).as("commits").isEqualTo(4);
  }

  @Test
  void commandsThatNobodyWaitsForShareTheCommitOfTheNextOne() throws Exception {
    Transactor<Integer, Integer, Integer> patient =
        new Transactor<>(rules, n1, Meter.NONE, TIMEOUT, System::nanoTime);
    Future<Settled<Integer>> unhurried =
        callers.submit(() -> patient.submit(KEY, UNHURRIED, TIMEOUT));
    rules.askedForHurry.await();

    Settled<Integer> next = patient.submit(KEY, 1, TIMEOUT);

    assertThat(next.reply()).isEqualTo(UNHURRIED + 1);
    assertThat(unhurried.get()).isEqualTo(new Settled<>(UNHURRIED, next.revision()));
    assertThat(cluster.revision()).as("one commit").isEqualTo(next.revision()).isEqualTo(1);
  }

  @Test
  void commandThatNobodyWaitsForGoesAloneWhenNoOtherComes() {
    assertThat(sums.submit(KEY, UNHURRIED, TIMEOUT).reply()).isEqualTo(UNHURRIED);
  }

  @Test
  void answersWithTheRevisionAtWhichTheReplyWasTrue() {
    Settled<Integer> put = sums.submit(KEY, 5, TIMEOUT);
    assertThat(put).isEqualTo(new Settled<>(5, cluster.revision()));

    elsewhere.submit(OTHER_KEY, 1, TIMEOUT);
    assertThat(sums.submit(KEY, READ, TIMEOUT).reply()).isEqualTo(5);
    assertThat(cluster.revision()).as("reads commit nothing").isEqualTo(put.revision() + 1);
  }

  @Test
  void givesNoAnswerFromMemoryWhenTheNodeIsCutOff() {
    sums.submit(KEY, 5, TIMEOUT);
    cluster.partition("n1", CommitFate.UNAVAILABLE);

    assertThatThrownBy(() -> sums.submit(KEY, READ, TIMEOUT))
        .isInstanceOf(UnavailableException.class);
    elsewhere.submit(KEY, 1, TIMEOUT);
    cluster.heal("n1");
    assertThat(sums.submit(KEY, READ, TIMEOUT).reply()).isEqualTo(6);
  }

  @Test
  void readsWhatOthersCommittedAlthoughItHasNotAppliedIt() throws Exception {
    sums.submit(KEY, 5, TIMEOUT);
    cluster.lag("n1");
    elsewhere.submit(KEY, 1, TIMEOUT);
    assertThat(n1.readLocal(KEY).observation().revision()).isLessThan(cluster.revision());

    Future<Settled<Integer>> reading = begin(READ);
    Await.until(TIMEOUT, "the read waits", () -> !cluster.step("n1"));
    assertThat(reading.get().reply()).isEqualTo(6);
    cluster.catchUp("n1");
  }

  @Test
  void decidesAnewWhenAnotherNodeWasFirst() {
    sums.submit(KEY, 5, TIMEOUT);
    cluster.lag("n1");
    elsewhere.submit(KEY, 10, TIMEOUT);

    // n1 still sees 5; the conflict tells it of 15.
    assertThat(sums.submit(KEY, 1, TIMEOUT).reply()).isEqualTo(16);
    // And now it builds on its own commit, which it has not applied either.
    long before = cluster.revision();
    assertThat(sums.submit(KEY, 1, TIMEOUT).reply()).isEqualTo(17);
    assertThat(cluster.revision()).isEqualTo(before + 1);
  }

  @Test
  void tellsAnUnknownOutcomeToExactlyThoseThatWereHandedOver() throws Exception {
    Future<Settled<Integer>> holding = holdTheLane();
    int behind = 7;
    List<Future<Settled<Integer>>> begun = beginMany(Transactor.FOLD_COMMANDS_MAX + behind);
    cluster.nextCommit("n1", CommitFate.UNKNOWN_APPLIED);
    rules.release.countDown();

    int unknown = 0;
    int settled = 0;
    for (Future<Settled<Integer>> one : begun) {
      try {
        one.get();
        settled++;
      } catch (ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(OutcomeUnknownException.class);
        unknown++;
      }
    }
    assertThat(holding.get().reply()).isZero();
    assertThat(unknown).isEqualTo(Transactor.FOLD_COMMANDS_MAX);
    assertThat(settled).isEqualTo(behind);
    assertThat(sums.submit(KEY, READ, TIMEOUT).reply()).isEqualTo(begun.size());
  }

  @Test
  void doesNotRunACommandWhoseCallerGaveUp() throws Exception {
    Future<Settled<Integer>> holding = holdTheLane();

    assertThatThrownBy(() -> sums.submit(KEY, 1_000, Duration.ofMillis(20)))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("still queued");
    Future<Settled<Integer>> interrupted = begin(2_000);
    awaitWaiting(1);
    assertThat(interrupted.cancel(true)).isTrue();
    awaitWaiting(0);
    rules.release.countDown();

    assertThat(holding.get().reply()).isZero();
    assertThat(sums.submit(KEY, 1, TIMEOUT).reply()).isEqualTo(1);
  }

  @Test
  void saysThatTheOutcomeIsUnknownToACallerThatGivesUpOnATakenCommand() {
    CompletableFuture<CommitResult> answer = new CompletableFuture<>();
    Transactor<Integer, Integer, Integer> unanswered = transactor(answering(n1, answer));

    assertThatThrownBy(() -> unanswered.submit(KEY, 1, Duration.ofMillis(50)))
        .isInstanceOf(OutcomeUnknownException.class);
  }

  @Test
  void commandsThatComeDuringACommitShareTheNext() throws Exception {
    CompletableFuture<CommitResult> answer = new CompletableFuture<>();
    Transactor<Integer, Integer, Integer> held = transactor(answering(n1, answer));
    CompletableFuture<Settled<Integer>> first = held.submitAsync(KEY, 1, TIMEOUT);
    CompletableFuture<Settled<Integer>> second = held.submitAsync(KEY, 1, TIMEOUT);
    CompletableFuture<Settled<Integer>> third = held.submitAsync(KEY, 1, TIMEOUT);

    assertThat(held.waiting(KEY)).isEqualTo(2);
    answer.complete(new CommitResult.Committed(1_000));

    assertThat(first.get().reply()).isEqualTo(1);
    assertThat(second.get()).isEqualTo(new Settled<>(2, 1_000));
    assertThat(third.get()).isEqualTo(new Settled<>(3, 1_000));
  }

  @Test
  void doesNotRunACommandWithoutAThreadWhoseTimeIsOver() {
    CompletableFuture<CommitResult> answer = new CompletableFuture<>();
    Transactor<Integer, Integer, Integer> held = transactor(answering(n1, answer));
    CompletableFuture<Settled<Integer>> first = held.submitAsync(KEY, 1, TIMEOUT);
    CompletableFuture<Settled<Integer>> late = held.submitAsync(KEY, 1_000, Duration.ZERO);
    CompletableFuture<Settled<Integer>> last = held.submitAsync(KEY, 1, TIMEOUT);

    answer.complete(new CommitResult.Committed(1_000));

    assertThat(first.join().reply()).isEqualTo(1);
    assertThatThrownBy(late::join)
        .hasRootCauseInstanceOf(UnavailableException.class)
        .hasMessageContaining("still queued");
    assertThat(last.join().reply()).isEqualTo(2);
  }

  /** All its commits get this answer. */
  private static Coordinator answering(Coordinator real, CompletableFuture<CommitResult> answer) {
    return (Coordinator)
        Proxy.newProxyInstance(
            Coordinator.class.getClassLoader(),
            new Class<?>[] {Coordinator.class},
            (proxy, method, args) ->
                method.getName().equals("commitAsync") ? answer : method.invoke(real, args));
  }

  @Test
  void refusesMoreThanALaneHolds() throws Exception {
    CommandQueue<Integer, Integer> queue = new CommandQueue<>(KEY);
    assertThat(queue.add(new Pending<>(1), 2)).isEqualTo(CommandQueue.Added.START);
    assertThat(queue.add(new Pending<>(1), 2)).isEqualTo(CommandQueue.Added.QUEUED);
    assertThat(queue.add(new Pending<>(1), 2)).isEqualTo(CommandQueue.Added.FULL);
    assertThat(queue.take(10)).hasSize(2);
    assertThat(queue.take(10)).isEmpty();
    assertThat(queue.add(new Pending<>(1), 2)).isEqualTo(CommandQueue.Added.RETIRED);

    Future<Settled<Integer>> holding = holdTheLane();
    List<Future<Settled<Integer>>> begun = beginMany(Transactor.LANE_COMMANDS_MAX);
    assertThatThrownBy(() -> sums.submit(KEY, 1, TIMEOUT))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("20000 commands wait");
    assertThat(sums.submit(OTHER_KEY, 1, TIMEOUT).reply()).as("another queue").isEqualTo(1);
    rules.release.countDown();

    assertThat(holding.get().reply()).isZero();
    for (Future<Settled<Integer>> one : begun) {
      assertThat(one.get().reply()).isPositive();
    }
    Await.until(TIMEOUT, "the queue is gone", () -> sums.waiting(KEY) == 0);
  }

  @Test
  void servesALaneOnAfterItsRulesBroke() {
    assertThatThrownBy(() -> sums.submit(KEY, BREAK, TIMEOUT))
        .isInstanceOf(IllegalStateException.class)
        .hasRootCauseInstanceOf(StackOverflowError.class);

    assertThat(sums.submit(KEY, 1, TIMEOUT).reply()).isEqualTo(1);
  }
}
