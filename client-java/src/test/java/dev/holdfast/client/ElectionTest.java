// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Elections, groups, and what runs only while its candidate leads. */
@Timeout(60)
class ElectionTest {
  private final FakeCluster cluster = new FakeCluster();
  private final FakeNode node = new FakeNode("n1", cluster);
  private final Holdfast holdfast =
      Holdfast.connect(ClientConfig.of(node.api()).withRequestTimeout(Duration.ofSeconds(5)));
  private final Session session = holdfast.session(Duration.ofSeconds(30));
  private final Election election = session.election("primary");

  @AfterEach
  void close() {
    holdfast.close();
    node.close();
  }

  @Test
  void leadsProclaimsAndResigns() throws InterruptedException {
    List<Leader> told = new CopyOnWriteArrayList<>();
    Observation observation = election.observe(told::add);
    observation.begun().join();

    Leadership north = election.campaign("north");
    Hold south = election.join("south");
    Await.until("north leads", () -> newest(told).candidate().equals("north"));
    north.proclaim("10.0.0.7:80");
    Await.until("its value", () -> newest(told).value().equals("10.0.0.7:80"));
    assertThat(election.tryCampaign("west")).isEmpty();
    north.resign();

    Leadership next = election.leadership(south.granted().join());
    Await.until("south leads", () -> newest(told).candidate().equals("south"));
    assertThat(newest(told).value()).as("what north has said counts no more").isEmpty();
    assertThat(newest(told).token()).isEqualTo(next.token()).isGreaterThan(north.token());
    assertThat(north.isLeader()).isFalse();
    assertThatThrownBy(() -> north.proclaim("late")).isInstanceOf(LockLostException.class);
    observation.close();
    assertThat(observation.isLive()).isFalse();
  }

  private static Leader newest(List<Leader> told) {
    return told.isEmpty() ? Leader.nobody("primary") : told.get(told.size() - 1);
  }

  @Test
  void proclaimsUnderItsTokenWithARisingNumberAndRepeatsUntilAnswered() throws Exception {
    Leadership leadership = election.campaign("north");
    AtomicInteger tries = new AtomicInteger();
    cluster.script =
        (from, frame) -> {
          if (frame instanceof ClientFrame.Proclaim && tries.getAndIncrement() == 0) {
            from.cut();
            return List.of();
          }
          return null;
        };

    leadership.proclaim("a");
    leadership.proclaim("b");

    List<ClientFrame.Proclaim> sent =
        cluster.received.stream()
            .filter(ClientFrame.Proclaim.class::isInstance)
            .map(ClientFrame.Proclaim.class::cast)
            .toList();
    assertThat(sent).extracting(ClientFrame.Proclaim::sequence).containsExactly(1L, 1L, 2L);
    assertThat(sent).extracting(ClientFrame.Proclaim::token).containsOnly(leadership.token());
  }

  @Test
  void refusalOfAProclamationSaysThatTheTermIsOver() throws InterruptedException {
    Leadership leadership = election.campaign("north");
    cluster.script =
        (from, frame) ->
            frame instanceof ClientFrame.Proclaim
                ? List.of(
                    new ServerFrame.Failed(
                        frame.request(), 412, "FENCED", "not held", "campaign", false))
                : null;

    assertThatThrownBy(() -> leadership.proclaim("late")).isInstanceOf(LockLostException.class);
  }

  @Test
  void observerHearsThroughTheNextConnectionWhatChangedMeanwhile() throws InterruptedException {
    List<Leader> told = new CopyOnWriteArrayList<>();
    election.observe(told::add).begun().join();
    Await.until("nobody leads", () -> told.size() == 1 && !told.get(0).isPresent());
    cluster.script = (from, frame) -> frame instanceof ClientFrame.ResumeSession ? List.of() : null;
    node.cut();
    Await.until("suspended", () -> session.state() == SessionState.SUSPENDED);

    cluster.occupy("primary");
    cluster.script = (from, frame) -> null;
    node.cut();

    Await.until("the new leader", () -> newest(told).isPresent());
  }

  @Test
  void groupTellsWhoJoinsUpdatesAndLeaves() throws InterruptedException {
    List<GroupChange> told = new CopyOnWriteArrayList<>();
    Group group = session.group("workers");
    Membership first = group.join("m1", "one");
    Observation watch = group.watch(told::add);
    watch.begun().join();
    Await.until("the members", () -> !told.isEmpty());
    assertThat(dataOf(told, "m1")).isEqualTo("one");

    Membership second = group.join("m2", "two");
    Await.until("m2 with its data", () -> dataOf(told, "m2").equals("two"));
    second.update("zwei");
    Await.until("its update", () -> dataOf(told, "m2").equals("zwei"));
    assertThatThrownBy(() -> group.join("m2", "twice")).isInstanceOf(WaitTimeoutException.class);
    first.leave();
    Await.until("m1 has left", () -> !last(told).members().containsKey("m1"));

    assertThat(told.stream().flatMap(change -> change.joined().stream()))
        .containsExactly("m1", "m2");
    assertThat(told.stream().flatMap(change -> change.left().stream())).containsExactly("m1");
    assertThat(second.isMember()).isTrue();
    assertThat(first.state()).isEqualTo(HoldState.RELEASED);
    assertThatThrownBy(() -> group.join("a/b", "")).isInstanceOf(IllegalArgumentException.class);
  }

  private static GroupChange last(List<GroupChange> told) {
    return told.get(told.size() - 1);
  }

  private static String dataOf(List<GroupChange> told, String member) {
    GroupMember known = last(told).members().get(member);
    return known == null ? "" : known.data();
  }

  @Test
  void memberWhoLeftWhileTheWatcherWasCutOffIsGoneAfterwards() throws InterruptedException {
    List<GroupChange> told = new CopyOnWriteArrayList<>();
    Group group = session.group("workers");
    FakeCluster.Claim gone = cluster.occupy("~group/workers/m1");
    group.watch(told::add).begun().join();
    Await.until("m1", () -> !told.isEmpty() && last(told).members().containsKey("m1"));
    cluster.script = (from, frame) -> frame instanceof ClientFrame.ResumeSession ? List.of() : null;
    node.cut();
    Await.until("suspended", () -> session.state() == SessionState.SUSPENDED);

    cluster.vacate("~group/workers/m1", gone);
    cluster.script = (from, frame) -> null;
    node.cut();

    Await.until("m1 has left", () -> last(told).left().equals(List.of("m1")));
  }

  @Test
  void secondWatcherHearsEverythingAndSurvivesTheEndOfTheFirst() throws InterruptedException {
    List<GroupChange> first = new CopyOnWriteArrayList<>();
    List<GroupChange> second = new CopyOnWriteArrayList<>();
    List<GroupChange> third = new CopyOnWriteArrayList<>();
    Group group = session.group("workers");
    group.join("m1", "one");
    Observation one = group.watch(first::add);
    Observation two = group.watch(second::add);
    one.begun().join();
    two.begun().join();
    Await.until("both know m1", () -> !first.isEmpty() && !second.isEmpty());
    assertThat(second.get(0).members()).containsOnlyKeys("m1");

    one.close();
    group.join("m2", "two");
    Await.until("the second is told", () -> dataOf(second, "m2").equals("two"));
    assertThat(first).hasSize(1);
    two.close();
    group.watch(third::add).begun().join(); // While the end of the second is under way.
    group.join("m3", "three");

    Await.until("the third is told", () -> !third.isEmpty() && dataOf(third, "m3").equals("three"));
  }

  @Test
  void executorRunsTasksOnlyWhileItLeadsAndInterruptsThemOnALoss() throws Exception {
    FakeCluster.Claim other = cluster.occupy("primary");
    try (LeaderExecutor executor = election.executor("north", 1)) {
      assertThatThrownBy(() -> executor.submit(() -> {}))
          .isInstanceOf(RejectedExecutionException.class);
      cluster.vacate("primary", other);
      Leadership term = executor.awaitLeadership();
      assertThat(executor.submit(() -> "done").get(20, TimeUnit.SECONDS)).isEqualTo("done");

      CountDownLatch runs = new CountDownLatch(1);
      AtomicBoolean interrupted = new AtomicBoolean();
      Future<?> running =
          executor.submit(
              (Callable<?>)
                  () -> {
                    runs.countDown();
                    try {
                      Thread.sleep(Long.MAX_VALUE);
                    } catch (InterruptedException e) {
                      interrupted.set(true);
                    }
                    return null;
                  });
      AtomicBoolean began = new AtomicBoolean();
      Future<?> waiting = executor.submit(() -> began.set(true));
      assertThat(runs.await(20, TimeUnit.SECONDS)).isTrue();
      takeAway(term.hold());

      assertThatThrownBy(() -> running.get(20, TimeUnit.SECONDS))
          .isInstanceOf(CancellationException.class);
      assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS))
          .isInstanceOf(CancellationException.class);
      Await.until("interrupted", interrupted::get);
      Leadership next = executor.awaitLeadership();
      assertThat(next.token()).isGreaterThan(term.token());
      assertThat(executor.submit(() -> "again").get(20, TimeUnit.SECONDS)).isEqualTo("again");
      assertThat(began).isFalse();
    }
    Await.until("resigned", () -> cluster.waitingOrHolding("primary") == 0);
  }

  @Test
  void executorFinishesWhatItWasGivenWhenItIsShutDown() throws Exception {
    LeaderExecutor executor = election.executor("north", 2);
    executor.awaitLeadership();
    AtomicInteger done = new AtomicInteger();
    for (int i = 0; i < 200; i++) {
      executor.execute(done::incrementAndGet);
    }

    executor.shutdown();

    assertThatThrownBy(() -> executor.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
    assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(done).hasValue(200);
    Await.until("resigned", () -> cluster.waitingOrHolding("primary") == 0);
  }

  @Test
  void executorThatWaitsToLeadCanBeShutDown() throws Exception {
    cluster.occupy("primary");
    LeaderExecutor executor = election.executor("north", 1);
    Await.until("it waits", () -> cluster.waitingOrHolding("primary") == 2);

    executor.shutdown();

    assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    Await.until("withdrawn", () -> cluster.waitingOrHolding("primary") == 1);
    assertThatThrownBy(executor::awaitLeadership).isInstanceOf(SessionLostException.class);
  }

  @Test
  void runnerRunsItsTaskAgainInEachTermAndNeverTwiceAtOnce() throws Exception {
    List<Long> tokens = new CopyOnWriteArrayList<>();
    AtomicInteger inside = new AtomicInteger();
    AtomicBoolean overlapped = new AtomicBoolean();
    LeaderRunner runner =
        election.run(
            "north",
            term -> {
              overlapped.compareAndSet(false, inside.incrementAndGet() > 1);
              tokens.add(term.token());
              try {
                if (tokens.size() == 1) {
                  return; // Returning resigns, and campaigns again.
                }
                if (tokens.size() == 2) {
                  throw new NoClassDefFoundError("a task that fails");
                }
                if (tokens.size() == 3) {
                  throw Sneaky.sneaky(new IOException("of a language without checked exceptions"));
                }
                Thread.sleep(Long.MAX_VALUE);
              } finally {
                inside.decrementAndGet();
              }
            });
    Await.until("the fourth term", () -> tokens.size() == 4);
    takeAway(runner.leadership().orElseThrow().hold());
    Await.until("the fifth term", () -> tokens.size() == 5);

    runner.close();

    assertThat(runner.isRunning()).isFalse();
    assertThat(tokens).isSorted().doesNotHaveDuplicates();
    assertThat(overlapped).isFalse();
    Await.until("resigned", () -> cluster.waitingOrHolding("primary") == 0);
  }

  private void takeAway(Hold hold) {
    String id = session.id();
    cluster.vacate(hold.lock(), new FakeCluster.Claim(id, hold.holder()));
    cluster.push(
        id,
        new ServerFrame.Lost(
            id, hold.holder(), hold.lock(), hold.token(), "ADMIN", cluster.revision()));
  }
}
