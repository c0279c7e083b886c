// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.InProcessNode;
import dev.holdfast.node.election.ElectionService;
import dev.holdfast.node.election.LeaderBoard;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ObservedTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String GROUP = "~group/w/";

  private final CountDownLatch isTelling = new CountDownLatch(1);
  private final CountDownLatch mayGoOn = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private InMemoryCluster memory;
  private InProcessNode node;
  private LeaderBoard board;

  /** A client that reads nothing until the test lets it. */
  private final RecordingChannel client =
      new RecordingChannel() {
        @Override
        public boolean awaitRoom(int sizeBytes, Duration timeout) {
          isTelling.countDown();
          try {
            return mayGoOn.await(SOON.toSeconds(), TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
          }
        }
      };

  @BeforeEach
  void start() {
    memory = InMemoryCluster.realTime();
    node = Objects.requireNonNull(InProcessNode.start(1, memory).get("n1"));
    board = new LeaderBoard(node.coordinator, Meter.NONE);
  }

  @AfterEach
  void stop() {
    mayGoOn.countDown();
    threads.shutdownNow();
    board.close();
    node.close();
    memory.close();
  }

  /** The watch thread of a node brings everybody's grants: it must not wait for one client. */
  @Test
  void theWatchThreadDoesNotWaitForALookThatTakesLong() throws Exception {
    Owner owner = new Owner(node.sessions.create(Duration.ofMinutes(5)).id(), "h");
    join("m1", owner);
    Observed observed =
        new Observed(
            "me",
            GROUP,
            true,
            new ElectionService(node.coordinator, Meter.NONE, System::nanoTime),
            client.asFrameChannel());
    Future<?> begun = threads.submit(() -> observed.begin(board));
    isTelling.await();

    Future<?> watch =
        threads.submit(() -> {
          for (int i = 0; i < 2 * Observed.MARKED_MAX; i++) {
            observed.changed(GROUP + "x" + i);
          }
          observed.resync();
        });
    watch.get(SOON.toSeconds(), TimeUnit.SECONDS);
    join("m2", owner);
    assertThat(begun.isDone()).isFalse();
    mayGoOn.countDown();

    begun.get();
    Await.until(
        SOON,
        "both are told",
        () ->
            client.frames(ServerFrame.Leader.class).stream()
                    .filter(frame -> frame.token() > 0)
                    .map(ServerFrame.Leader::lock)
                    .distinct()
                    .count()
                == 2);
    observed.end();
    assertThat(board.count()).isZero();
  }

  private void join(String member, Owner owner) {
    node.locks.acquire(
        GROUP + member, owner, new LockMode.Exclusive(), -1, Duration.ZERO, gone -> {});
  }
}
