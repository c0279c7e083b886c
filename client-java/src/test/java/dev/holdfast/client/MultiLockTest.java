// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several locks as one. */
@Timeout(60)
class MultiLockTest {
  private final FakeCluster cluster = new FakeCluster();
  private final FakeNode node = new FakeNode("n1", cluster);
  private final Holdfast holdfast =
      Holdfast.connect(ClientConfig.of(node.api()).withRequestTimeout(Duration.ofSeconds(5)));
  private final Session session = holdfast.session(Duration.ofSeconds(30));

  @AfterEach
  void close() {
    holdfast.close();
    node.close();
  }

  @Test
  void acquiresInOneOrderWhateverOrderTheyWereNamedIn() throws InterruptedException {
    try (MultiHold hold = session.multiLock("c", "a", "b").acquire()) {
      assertThat(hold.parts()).extracting(Hold::lock).containsExactly("a", "b", "c");
      assertThat(hold.tokens()).containsOnlyKeys("a", "b", "c");
      assertThat(hold.fences().get("b")).isEqualTo(hold.parts().get(1).fence());
      assertThat(hold.state()).isEqualTo(HoldState.HELD);
      assertThat(hold.remaining()).isPositive();
    }
    assertThat(acquired()).containsExactly("a", "b", "c");
  }

  @Test
  void holdsNoneWhenOneIsNotGrantedInTime() throws InterruptedException {
    cluster.occupy("b");

    assertThat(session.multiLock("a", "b", "c").tryAcquire(Duration.ofMillis(100))).isEmpty();

    Await.until("a is free", () -> cluster.waitingOrHolding("a") == 0);
    assertThat(cluster.waitingOrHolding("b")).isEqualTo(1);
    assertThat(acquired()).containsExactly("a", "b");
    assertThat(session.multiLock("a", "c").tryAcquire()).isPresent();
  }

  @Test
  void isLostWhenOneIsLostAndTheOthersAreHeldUntilTheyAreReleased() throws InterruptedException {
    List<HoldState> told = new CopyOnWriteArrayList<>();
    MultiHold hold = session.multiLock("a", "b").acquire().onChange(told::add);

    takeAway(hold.parts().get(1));

    Await.until("lost", () -> hold.state() == HoldState.LOST);
    Await.until("told", () -> told.contains(HoldState.LOST));
    assertThat(hold.isHeld()).isFalse();
    assertThat(hold.remaining()).isZero();
    assertThatThrownBy(hold::check)
        .isInstanceOf(LockLostException.class)
        .hasMessageContaining("b is LOST");
    assertThat(hold.parts().get(0).isHeld()).isTrue();
    hold.releaseAsync().join();
    assertThat(cluster.waitingOrHolding("a")).isZero();
    assertThat(hold.state()).isEqualTo(HoldState.LOST);
  }

  @Test
  void givesUpAtOnceWhenOneIsLostWhileAnotherIsWaitedFor() throws Exception {
    cluster.occupy("b");
    CompletableFuture<MultiHold> waiting =
        CompletableFuture.supplyAsync(() -> {
          try {
            return session.multiLock("a", "b").acquire();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    Await.until("b is waited for", () -> cluster.waitingOrHolding("b") == 2);
    String holder =
        ((ClientFrame.Acquire)
                cluster.received.stream()
                    .filter(ClientFrame.Acquire.class::isInstance)
                    .findFirst()
                    .orElseThrow())
            .holder();
    cluster.push(session.id(), new ServerFrame.Lost(session.id(), holder, "a", 18, "ADMIN", 5_000));

    assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(LockLostException.class);
    Await.until("nobody of us waits", () -> cluster.waitingOrHolding("b") == 1);
  }

  @Test
  void crossedRequestsNeverLockEachOtherOut() throws Exception {
    List<String> names = List.of("a", "b", "c", "d");
    AtomicInteger inside = new AtomicInteger();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        List<String> order = new ArrayList<>(names);
        Collections.rotate(order, i);
        all.add(
            threads.submit(() -> {
              try (MultiHold hold = session.multiLock(order.toArray(new String[0])).acquire()) {
                assertThat(inside.incrementAndGet()).isEqualTo(1);
                hold.check();
                inside.decrementAndGet();
              }
              return null;
            }));
      }
      for (Future<?> one : all) {
        one.get(50, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void refusesWhatIsNoSetOfLocksOfOneSession() {
    Session other = holdfast.session(Duration.ofSeconds(30));

    assertThatThrownBy(() -> session.multiLock("a", "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("twice");
    assertThatThrownBy(() -> session.multiLock(List.of(session.lock("a"), other.lock("b"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("another session");
    assertThatThrownBy(() -> session.multiLock(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void takeAway(Hold hold) {
    String id = session.id();
    cluster.push(
        id, new ServerFrame.Lost(id, hold.holder(), hold.lock(), hold.token(), "ADMIN", 5_000));
  }

  private List<String> acquired() {
    return cluster.received.stream()
        .filter(ClientFrame.Acquire.class::isInstance)
        .map(frame -> ((ClientFrame.Acquire) frame).lock())
        .toList();
  }
}
