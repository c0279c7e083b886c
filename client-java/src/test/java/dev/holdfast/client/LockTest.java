// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Acquiring, waiting, withdrawing and releasing against a node, in real time. */
class LockTest {
  private final FakeCluster cluster = new FakeCluster();
  private final FakeNode node = new FakeNode("n1", cluster);
  private final Holdfast holdfast =
      Holdfast.connect(ClientConfig.of(node.api()).withRequestTimeout(Duration.ofSeconds(2)));
  private final Session session = holdfast.session(Duration.ofSeconds(10));

  @AfterEach
  void close() {
    holdfast.close();
    node.close();
  }

  @Test
  void grantsReleasesAndGrantsAgainUnderAHigherToken() throws InterruptedException {
    LockClient lock = session.lock("jobs");

    Hold first = lock.acquire();
    first.close();
    Hold second = lock.acquire(Duration.ofSeconds(5));

    assertThat(first.state()).isEqualTo(HoldState.RELEASED);
    assertThat(second.token()).isGreaterThan(first.token());
    assertThat(second.fence()).isEqualTo(new Fence("jobs", second.token()));
    assertThat(second.holder()).isNotEqualTo(first.holder());
    assertThat(acquires().get(1).seen()).isGreaterThan(acquires().get(0).seen());
  }

  @Test
  void tryIsEmptyWhenItIsHeld() throws InterruptedException {
    cluster.occupy("jobs");

    assertThat(session.lock("jobs").tryAcquire()).isEmpty();
    assertThat(session.lock("free").tryAcquire()).isPresent();
  }

  @Test
  void withdrawsATryThatWasRefusedAfterAnEarlierOneGotNoAnswer() throws InterruptedException {
    AtomicInteger tries = new AtomicInteger();
    cluster.script =
        (at, frame) -> {
          if (!(frame instanceof ClientFrame.Acquire acquire)) {
            return null;
          }
          boolean first = tries.getAndIncrement() == 0;
          return List.of(
              first
                  ? new ServerFrame.Failed(acquire.request(), 503, "NO_MAJORITY", "", "", true)
                  : new ServerFrame.Failed(acquire.request(), 409, "LOCK_HELD", "", "", false));
        };

    assertThat(session.lock("jobs").tryAcquire()).isEmpty();

    // The first one may still be on its way through another node, and the lock be free by then.
    String holder = acquires().get(0).holder();
    Await.until(
        "the earlier try was cancelled",
        () ->
            cluster.received.stream()
                .anyMatch(frame ->
                    frame instanceof ClientFrame.Cancel cancel && cancel.holder().equals(holder)));
  }

  @Test
  void waitsInTheQueueAndIsTold() throws InterruptedException {
    FakeCluster.Claim other = cluster.occupy("jobs");
    List<HoldState> told = new CopyOnWriteArrayList<>();
    Hold hold = session.lock("jobs").request().onChange(told::add);
    Await.until("queued", () -> hold.position() == 1);
    assertThat(hold.state()).isEqualTo(HoldState.PENDING);
    assertThatThrownBy(hold::token).isInstanceOf(IllegalStateException.class);

    cluster.vacate("jobs", other);

    assertThat(hold.granted().join()).isSameAs(hold);
    Await.until("told", () -> told.equals(List.of(HoldState.HELD)));
    assertThat(hold.position()).isZero();
  }

  @Test
  void timeoutCommitsTheCancelBeforeItReturns() throws InterruptedException {
    FakeCluster.Claim other = cluster.occupy("jobs");

    assertThatThrownBy(() -> session.lock("jobs").acquire(Duration.ofMillis(50)))
        .isInstanceOfSatisfying(
            WaitTimeoutException.class, e -> assertThat(e.isWithdrawn()).isTrue())
        .hasMessageContaining("position 1");
    assertThat(cancels()).hasSize(1);
    assertThat(cluster.waitingOrHolding("jobs")).isEqualTo(1);

    cluster.vacate("jobs", other);
    assertThat(cluster.waitingOrHolding("jobs")).isZero();
    assertThat(session.lock("jobs").tryAcquire(Duration.ofSeconds(5))).isPresent();
  }

  @Test
  void timeoutSaysSoWhenTheCancelIsNotConfirmed() {
    cluster.occupy("jobs");
    cluster.script = (from, frame) -> frame instanceof ClientFrame.Cancel ? List.of() : null;

    assertThatThrownBy(() -> session.lock("jobs").acquire(Duration.ofMillis(20)))
        .isInstanceOfSatisfying(
            WaitTimeoutException.class, e -> assertThat(e.isWithdrawn()).isFalse());
  }

  @Test
  void grantThatCrossesItsCancelIsNotTaken() {
    cluster.occupy("jobs");
    AtomicReference<ClientFrame.Cancel> cancel = new AtomicReference<>();
    cluster.script =
        (from, frame) -> {
          if (frame instanceof ClientFrame.Cancel late) {
            cancel.set(late);
            return List.of(
                new ServerFrame.Granted(
                    0, late.session(), late.holder(), late.lock(), 99, 2_000, ""),
                new ServerFrame.Cancelled(
                    late.request(), late.session(), late.holder(), late.lock(), 2_001));
          }
          return null;
        };
    Hold hold = session.lock("jobs").request();

    hold.release();

    Await.until("withdrawn", hold.over::isDone);
    assertThat(hold.state()).isEqualTo(HoldState.RELEASED);
    assertThat(hold.isHeld()).isFalse();
    assertThat(cancel.get()).isNotNull();
  }

  @Test
  void interruptWithdrawsTheRequest() throws InterruptedException {
    cluster.occupy("jobs");
    AtomicReference<Throwable> end = new AtomicReference<>();
    Thread waiter =
        new Thread(() -> {
          try {
            session.lock("jobs").acquire();
          } catch (InterruptedException e) {
            end.set(e);
          }
        });
    waiter.start();
    Await.until("queued", () -> cluster.waitingOrHolding("jobs") == 2);

    waiter.interrupt();
    waiter.join(10_000);

    assertThat(end.get()).isInstanceOf(InterruptedException.class);
    assertThat(cluster.waitingOrHolding("jobs")).isEqualTo(1);
  }

  @Test
  void duplicateAndOldPushesAreIgnored() throws InterruptedException {
    Hold hold = session.lock("jobs").acquire();
    long known = cluster.revision();
    String id = session.id();

    cluster.push(
        id, new ServerFrame.Granted(0, id, hold.holder(), "jobs", hold.token(), known, ""));
    cluster.push(
        id, new ServerFrame.Lost(id, hold.holder(), "jobs", hold.token(), "OLD", known - 1));
    cluster.push(id, new ServerFrame.Queued(0, id, hold.holder(), "jobs", 3, known - 1));
    cluster.push(id, new ServerFrame.Lost(id, hold.holder(), "jobs", 5, "OTHER_TOKEN", known + 1));
    cluster.push(id, new ServerFrame.Lost(id, "h-nobody", "jobs", 5, "NOT_OURS", known + 2));
    session.lock("another").acquire(); // All of the above have been read before this answer.

    assertThat(hold.state()).isEqualTo(HoldState.HELD);
    assertThat(hold.position()).isZero();
  }

  @Test
  void lossIsPushedAndFinal() throws InterruptedException {
    Hold hold = session.lock("jobs").acquire();
    String id = session.id();

    cluster.push(
        id,
        new ServerFrame.Lost(id, hold.holder(), "jobs", hold.token(), "REMOVED_BY_ADMIN", 5_000));
    Await.until("lost", () -> hold.state() == HoldState.LOST);
    cluster.push(
        id, new ServerFrame.Granted(0, id, hold.holder(), "jobs", hold.token(), 6_000, ""));
    session.lock("another").acquire();

    assertThat(hold.state()).isEqualTo(HoldState.LOST);
    assertThatThrownBy(hold::check).hasMessageContaining("REMOVED_BY_ADMIN");
    hold.close();
    assertThat(hold.state()).isEqualTo(HoldState.LOST);
  }

  @Test
  void releaseIsRepeatedUntilItsAnswerIsKnown() throws InterruptedException {
    Hold hold = session.lock("jobs").acquire();
    AtomicInteger tries = new AtomicInteger();
    cluster.script =
        (from, frame) ->
            frame instanceof ClientFrame.Release && tries.incrementAndGet() < 3
                ? List.of(
                    new ServerFrame.Failed(
                        frame.request(), 503, "OUTCOME_UNKNOWN", "no answer", "again", false))
                : null;

    CompletableFuture<Void> released = hold.releaseAsync();
    assertThat(hold.state()).isEqualTo(HoldState.RELEASED);
    released.join();

    assertThat(tries).hasValue(3);
    assertThat(cluster.waitingOrHolding("jobs")).isZero();
  }

  @Test
  void releaseThatWasCutOffIsRepeatedOnTheNextConnection() throws InterruptedException {
    Hold hold = session.lock("jobs").acquire();
    AtomicInteger tries = new AtomicInteger();
    cluster.script =
        (from, frame) -> {
          if (frame instanceof ClientFrame.Release && tries.getAndIncrement() == 0) {
            from.cut();
            return List.of();
          }
          return null;
        };

    hold.releaseAsync().join();

    assertThat(tries).hasValue(2);
    assertThat(cluster.waitingOrHolding("jobs")).isZero();
  }

  @Test
  void notHeldOnARepeatedReleaseMeansDone() throws InterruptedException {
    Hold hold = session.lock("jobs").acquire();
    cluster.script =
        (from, frame) ->
            frame instanceof ClientFrame.Release
                ? List.of(
                    new ServerFrame.Failed(
                        frame.request(), 409, "NOT_HELD", "not held", "nothing", false))
                : null;

    hold.releaseAsync().join();
    hold.release();

    assertThat(releases()).hasSize(1);
  }

  @Test
  void acquireThatWasCutOffKeepsItsHolderAndWhatItHadSeen() throws InterruptedException {
    AtomicInteger tries = new AtomicInteger();
    cluster.script =
        (from, frame) -> {
          if (frame instanceof ClientFrame.Acquire && tries.getAndIncrement() == 0) {
            from.cut();
            return List.of();
          }
          return null;
        };

    Hold hold = session.lock("jobs").acquire();

    assertThat(hold.isHeld()).isTrue();
    assertThat(acquires()).hasSize(2);
    assertThat(acquires().get(1)).isEqualTo(acquires().get(0));
  }

  @Test
  void staleRequestIsSentAnewWithWhatIsSeenNow() throws InterruptedException {
    AtomicInteger tries = new AtomicInteger();
    cluster.script =
        (from, frame) ->
            frame instanceof ClientFrame.Acquire && tries.getAndIncrement() == 0
                ? List.of(
                    new ServerFrame.KeptAlive(0, session.id(), 7_777),
                    new ServerFrame.Failed(
                        frame.request(), 409, "STALE_REQUEST", "forgotten", "send anew", false))
                : null;

    Hold hold = session.lock("jobs").acquire();

    assertThat(hold.isHeld()).isTrue();
    assertThat(acquires().get(1).seen()).isEqualTo(7_777);
  }

  @Test
  void closeForAnOversizedFrameFailsTheRequestAndKeepsTheHolds() throws InterruptedException {
    Hold kept = session.lock("kept").acquire();
    AtomicInteger closes = new AtomicInteger();
    cluster.script =
        (from, frame) -> {
          if (frame instanceof ClientFrame.Acquire acquire && acquire.lock().equals("bad")) {
            closes.incrementAndGet();
            from.closeWith(1009, "too big");
            return List.of();
          }
          return null;
        };

    assertThatThrownBy(() -> session.lock("bad").acquire())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("1009");

    Await.until("connected again", () -> session.state() == SessionState.CONNECTED);
    Await.until("withdrawn", () -> !cancels().isEmpty());
    assertThat(kept.isHeld()).isTrue();
    assertThat(closes).hasValue(1);
  }

  @Test
  void nameAboveTheLimitIsRefusedHereAndHarmsNothing() throws InterruptedException {
    LockClient lock = session.lock("x".repeat(FrameLimits.MAX_LOCK_BYTES + 1));

    assertThatThrownBy(lock::acquire)
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo("FRAME_FIELD_TOO_LONG"));

    assertThat(session.lock("jobs").tryAcquire()).isPresent();
  }

  @Test
  void slowNodeMakesATryUnavailableAndWithdrawsIt() {
    cluster.script = (from, frame) -> frame instanceof ClientFrame.Acquire ? List.of() : null;

    assertThatThrownBy(() -> session.lock("jobs").tryAcquire())
        .isInstanceOf(UnavailableException.class)
        .matches(e -> ((HoldfastException) e).mayRetry());
    Await.until("withdrawn", () -> !cancels().isEmpty());
  }

  @Test
  void waitThatTheNodeEndedIsATimeout() throws InterruptedException {
    cluster.occupy("jobs");
    Hold hold = session.lock("jobs").request();
    Await.until("queued", () -> hold.position() == 1);

    cluster.push(
        session.id(), new ServerFrame.Cancelled(0, session.id(), hold.holder(), "jobs", 5_000));

    Await.until("ended", () -> hold.state() == HoldState.RELEASED);
    assertThat(hold.granted).isCompletedExceptionally();
  }

  @Test
  void asyncTwinsAnswerTheSame() {
    FakeCluster.Claim other = cluster.occupy("jobs");
    CompletableFuture<Optional<Hold>> tried =
        session.lock("jobs").tryAcquireAsync(Duration.ofMillis(30));
    assertThat(tried.join()).isEmpty();

    CompletableFuture<Hold> waiting = session.lock("jobs").acquireAsync();
    assertThat(waiting).isNotDone();
    cluster.vacate("jobs", other);
    // A continuation may block on this client: it runs on no thread that the answer needs.
    CompletableFuture<Hold> next =
        waiting.thenApply(hold -> {
          try {
            return session.lock("second").acquire();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });

    assertThat(next.join().isHeld()).isTrue();
  }

  @Test
  void modesTravel() throws InterruptedException {
    session.lock("a").shared().acquire();
    Hold permits = session.lock("b").permits(2, 10).acquire();

    assertThat(permits.mode()).isEqualTo(LockMode.permits(2, 10));
    assertThat(acquires())
        .extracting(ClientFrame.Acquire::mode)
        .containsExactly(LockMode.SHARED, LockMode.permits(2, 10));
  }

  @Test
  void manyThreadsTakeTurns() throws InterruptedException {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 16; i++) {
      Thread thread =
          new Thread(() -> {
            try {
              for (int turn = 0; turn < 25; turn++) {
                try (Hold hold = session.lock("jobs").acquire()) {
                  most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                  hold.check();
                  inside.decrementAndGet();
                }
              }
            } catch (InterruptedException | RuntimeException e) {
              failure.set(e);
            }
          });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join(30_000);
    }

    assertThat(failure.get()).isNull();
    assertThat(most).hasValue(1);
    Await.until("all released", () -> cluster.waitingOrHolding("jobs") == 0);
  }

  private List<ClientFrame.Acquire> acquires() {
    return of(ClientFrame.Acquire.class);
  }

  private List<ClientFrame.Cancel> cancels() {
    return of(ClientFrame.Cancel.class);
  }

  private List<ClientFrame.Release> releases() {
    return of(ClientFrame.Release.class);
  }

  private <T extends ClientFrame> List<T> of(Class<T> type) {
    return cluster.received.stream().filter(type::isInstance).map(type::cast).toList();
  }
}
