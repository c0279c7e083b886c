// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReadWriteLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reentrancy by owner, by thread, and between reading and writing. */
@Timeout(60)
@SuppressWarnings("LockNotBeforeTry") // What an unlock says is the story here.
class OwnedLocksTest {
  private final FakeCluster cluster = new FakeCluster();
  private final FakeNode node = new FakeNode("n1", cluster);
  private final Holdfast holdfast =
      Holdfast.connect(ClientConfig.of(node.api()).withRequestTimeout(Duration.ofSeconds(5)));
  private final Session session = holdfast.session(Duration.ofSeconds(30));
  private final Object ann = "owner";
  private final Object bob = new Object();

  @AfterEach
  void close() {
    holdfast.close();
    node.close();
  }

  @Test
  void entersAgainUnderTheSameTokenAndLeavesWithTheLastEntry() throws InterruptedException {
    ReentrantLockClient lock = session.reentrantLock("jobs");

    Reentry outer = lock.acquire(ann);
    Reentry inner = session.reentrantLock("jobs").acquire(ann);
    assertThat(inner.token()).isEqualTo(outer.token());
    assertThat(lock.count(ann)).isEqualTo(2);
    assertThat(lock.tryAcquire(bob)).isEmpty();

    outer.close();
    outer.close();
    assertThat(outer.isHeld()).isFalse();
    assertThat(inner.isHeld()).isTrue();
    assertThat(cluster.waitingOrHolding("jobs")).isEqualTo(1);
    inner.close();

    assertThat(lock.count(ann)).isZero();
    try (Reentry other = lock.acquire(bob)) {
      assertThat(other.token()).isGreaterThan(inner.token());
    }
    assertThat(frames(ClientFrame.Acquire.class)).hasSize(3);
  }

  @Test
  void countsAnOwnerByIdentityAndNotByEquality() throws InterruptedException {
    ReentrantLockClient lock = session.reentrantLock("jobs");
    try (Reentry entry = lock.acquire(new String("a"))) {
      assertThat(lock.tryAcquire(new String("a"))).isEmpty();
      assertThat(entry.isHeld()).isTrue();
    }
  }

  @Test
  void anyThreadMayLeaveWhatAnotherEntered() throws Exception {
    ReentrantLockClient lock = session.reentrantLock("jobs");
    Reentry entry = lock.acquire(ann);

    CompletableFuture.runAsync(entry::close).get(20, TimeUnit.SECONDS);

    assertThat(lock.tryAcquire(bob)).isPresent();
  }

  @Test
  void neverReplacesALostHoldUnderCodeThatIsInside() throws InterruptedException {
    ReentrantLockClient lock = session.reentrantLock("jobs");
    Reentry outer = lock.acquire(ann);
    takeAway(outer.hold());

    assertThatThrownBy(() -> lock.acquire(ann)).isInstanceOf(LockLostException.class);
    assertThatThrownBy(outer::check).isInstanceOf(LockLostException.class);
    outer.close();

    try (Reentry anew = lock.acquire(ann)) {
      assertThat(anew.token()).isGreaterThan(outer.token());
    }
  }

  @Test
  void oneOwnerOnTwoThreadsAsksOnce() throws Exception {
    FakeCluster.Claim other = cluster.occupy("jobs");
    ReentrantLockClient lock = session.reentrantLock("jobs");
    CompletableFuture<Reentry> first = CompletableFuture.supplyAsync(() -> acquired(lock));
    CompletableFuture<Reentry> second = CompletableFuture.supplyAsync(() -> acquired(lock));
    Await.until("queued", () -> cluster.waitingOrHolding("jobs") == 2);

    cluster.vacate("jobs", other);

    assertThat(second.get(20, TimeUnit.SECONDS).token())
        .isEqualTo(first.get(20, TimeUnit.SECONDS).token());
    assertThat(lock.count(ann)).isEqualTo(2);
    assertThat(frames(ClientFrame.Acquire.class)).hasSize(1);
  }

  private Reentry acquired(ReentrantLockClient lock) {
    try {
      return lock.acquire(ann);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void javaLockIsReentrantByThreadAndRefusesStrangers() throws Exception {
    JavaLock lock = session.reentrantLock("jobs").asJavaLock();
    lock.lock();
    lock.lock();
    assertThat(lock.isHeldByCurrentThread()).isTrue();
    assertThat(lock.token()).isEqualTo(lock.hold().token());

    CompletableFuture.runAsync(
            () -> {
              assertThat(lock.tryLock()).isFalse();
              assertThat(lock.isHeldByCurrentThread()).isFalse();
              assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
              assertThatThrownBy(lock::token).isInstanceOf(IllegalMonitorStateException.class);
            })
        .get(20, TimeUnit.SECONDS);
    lock.unlock();
    lock.unlock();

    assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
    assertThatThrownBy(lock::newCondition).isInstanceOf(UnsupportedOperationException.class);
    assertThat(cluster.waitingOrHolding("jobs")).isLessThanOrEqualTo(1);
    assertThat(lock.tryLock(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void javaLockTellsALossAtUnlockAndCanBeLockedAnew() {
    JavaLock lock = session.reentrantLock("jobs").asJavaLock();
    lock.lock();
    lock.lock();
    long token = lock.token();
    takeAway(lock.hold());

    assertThatThrownBy(lock::lock).isInstanceOf(LockLostException.class);
    assertThatThrownBy(lock::unlock).isInstanceOf(LockLostException.class);
    assertThatThrownBy(lock::unlock).isInstanceOf(LockLostException.class);
    assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);

    lock.lock();
    assertThat(lock.token()).isGreaterThan(token);
    lock.unlock();
  }

  @Test
  void lockIsNotEndedByAnInterruptButLockInterruptiblyIs() throws Exception {
    FakeCluster.Claim other = cluster.occupy("jobs");
    JavaLock lock = session.reentrantLock("jobs").asJavaLock();
    AtomicReference<Throwable> end = new AtomicReference<>();
    CountDownLatch locked = new CountDownLatch(1);
    AtomicReference<Boolean> kept = new AtomicReference<>();
    Thread patient =
        new Thread(() -> {
          lock.lock();
          kept.set(Thread.interrupted());
          lock.unlock();
          locked.countDown();
        });
    Thread hasty =
        new Thread(() -> {
          try {
            lock.lockInterruptibly();
          } catch (InterruptedException e) {
            end.set(e);
          }
        });
    patient.start();
    Await.until("one waits", () -> cluster.waitingOrHolding("jobs") == 2);
    hasty.start();
    Await.until("two wait", () -> cluster.waitingOrHolding("jobs") == 3);

    patient.interrupt();
    hasty.interrupt();
    hasty.join(20_000);
    assertThat(end.get()).isInstanceOf(InterruptedException.class);
    assertThat(cluster.waitingOrHolding("jobs")).isEqualTo(2);
    cluster.vacate("jobs", other);

    assertThat(locked.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(kept.get()).isTrue();
  }

  @Test
  void javaLockSaysThatItsSessionIsLost() {
    JavaLock lock = session.reentrantLock("jobs").asJavaLock();
    cluster.push(
        session.id(), new ServerFrame.SessionEnded(0, session.id(), "SESSION_EXPIRED", 9_999));
    Await.until("lost", () -> session.state() == SessionState.LOST);

    assertThatThrownBy(lock::lock).isInstanceOf(SessionLostException.class);
    assertThatThrownBy(lock::tryLock).isInstanceOf(SessionLostException.class);
  }

  @Test
  void writerThatReadsIsDowngradedWhenItStopsWriting() throws InterruptedException {
    ReadWriteLockClient lock = session.readWriteLock("ledger");
    Reentry write = lock.writeLock().acquire(ann);
    long token = write.token();
    Reentry read = lock.readLock().acquire(ann);
    assertThat(read.token()).isEqualTo(token);

    write.close();

    assertThat(read.isHeld()).isTrue();
    assertThat(read.token()).isGreaterThan(token);
    assertThat(read.hold().mode()).isEqualTo(LockMode.SHARED);
    assertThat(frames(ClientFrame.Downgrade.class)).hasSize(1);
    assertThat(frames(ClientFrame.Release.class)).isEmpty();
    assertThatThrownBy(() -> lock.writeLock().acquire(ann))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.code()).isEqualTo("UPGRADE_REFUSED"));
    read.close();
    try (Reentry again = lock.writeLock().acquire(ann)) {
      assertThat(again.token()).isGreaterThan(read.token());
    }
  }

  @Test
  void readsAndWritesThroughTheJavaInterfaces() {
    ReadWriteLock lock = session.readWriteLock("ledger").asJavaReadWriteLock();
    lock.writeLock().lock();
    lock.readLock().lock();
    lock.writeLock().unlock();
    assertThatThrownBy(() -> lock.writeLock().lock()).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> lock.writeLock().unlock())
        .isInstanceOf(IllegalMonitorStateException.class);
    lock.readLock().unlock();
    assertThat(frames(ClientFrame.Acquire.class))
        .extracting(ClientFrame.Acquire::mode)
        .containsExactly(LockMode.EXCLUSIVE);
  }

  @Test
  void downgradeIsRepeatedUntilAnsweredAndItsPushIsNoLoss() throws InterruptedException {
    Hold hold = session.lock("ledger").acquire();
    long token = hold.token();
    AtomicInteger tries = new AtomicInteger();
    cluster.script =
        (from, frame) -> {
          if (!(frame instanceof ClientFrame.Downgrade)) {
            return null;
          }
          if (tries.incrementAndGet() == 1) {
            return List.of(
                new ServerFrame.Failed(
                    frame.request(), 503, "OUTCOME_UNKNOWN", "no answer", "again", false));
          }
          // The watch is faster than the answer, and is heard twice.
          ServerFrame push =
              new ServerFrame.Granted(
                  0, session.id(), hold.holder(), "ledger", token + 7, 5_000, "");
          return List.of(push, push);
        };

    hold.downgrade();

    assertThat(hold.state()).isEqualTo(HoldState.HELD);
    assertThat(hold.token()).isEqualTo(token + 7);
    assertThat(tries).hasValue(2);
  }

  @Test
  void releaseDuringADowngradeEndsWhicheverGrantThereIs() throws InterruptedException {
    Hold hold = session.lock("ledger").acquire();
    cluster.script = (from, frame) -> frame instanceof ClientFrame.Downgrade ? List.of() : null;
    CompletableFuture<Void> downgrade = session.link().downgrade(hold);

    hold.releaseAsync().join();

    assertThat(downgrade).isCompletedExceptionally();
    assertThat(frames(ClientFrame.Cancel.class)).hasSize(1);
    assertThat(cluster.waitingOrHolding("ledger")).isZero();
  }

  @Test
  void downgradeOfWhatIsGoneIsALoss() throws InterruptedException {
    Hold hold = session.lock("ledger").acquire();
    cluster.script =
        (from, frame) ->
            frame instanceof ClientFrame.Downgrade
                ? List.of(
                    new ServerFrame.Failed(
                        frame.request(), 409, "NOT_HELD", "not held", "nothing", false))
                : null;

    assertThatThrownBy(hold::downgrade).isInstanceOf(LockLostException.class);
    assertThat(hold.state()).isEqualTo(HoldState.LOST);
  }

  private void takeAway(Hold hold) {
    String id = session.id();
    FakeCluster.Claim claim = new FakeCluster.Claim(id, hold.holder());
    cluster.vacate(hold.lock(), claim);
    cluster.push(
        id,
        new ServerFrame.Lost(
            id, hold.holder(), hold.lock(), hold.token(), "ADMIN", cluster.revision()));
    Await.until("lost", () -> hold.state() == HoldState.LOST);
  }

  private <F extends ClientFrame> List<F> frames(Class<F> kind) {
    return cluster.received.stream().filter(kind::isInstance).map(kind::cast).toList();
  }
}
