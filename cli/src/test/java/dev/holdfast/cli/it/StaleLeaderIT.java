// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.protocol.LockBodies;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** A leader that stood still for 15 s while the others went on. */
@HoldfastCluster
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class StaleLeaderIT {
  private static final Duration PAUSE = Duration.ofSeconds(15);
  private static final Duration WAIT = Duration.ofSeconds(30);
  private static final int READERS = 8;
  private static final int READS = 200;

  private final LocalCluster cluster;

  /** What was acknowledged: a read that begins later must not tell of anything before it. */
  private final AtomicLong writtenNumber = new AtomicLong();

  private final AtomicLong grantedToken = new AtomicLong();

  private final List<String> stale = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicBoolean stop = new AtomicBoolean();

  StaleLeaderIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void neverAnswersAReadWithAnOlderValueAfterItWasStopped() throws Exception {
    LocalNode leader = cluster.awaitLeader(WAIT);
    List<URI> others =
        cluster.nodes().stream().filter(node -> node != leader).map(LocalNode::apiUri).toList();
    try (LockCalls rest = new LockCalls();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writers =
          List.of(
              threads.submit(() -> writeNumbers(rest, others.get(0))),
              threads.submit(() -> passTheLockOn(rest, others.get(1))));
      try {
        Await.until(WAIT, "first writes", () -> writtenNumber.get() > 3 && grantedToken.get() > 0);
        leader.pause();
        long paused = System.nanoTime();
        long before = writtenNumber.get();
        long tokenBefore = grantedToken.get();
        Await.until(
            PAUSE.plus(WAIT),
            () -> "writes without the leader, there are " + writtenNumber,
            () ->
                System.nanoTime() - paused > PAUSE.toNanos()
                    && writtenNumber.get() > before + 3
                    && grantedToken.get() > tokenBefore);

        // The first reads wait in its sockets when it goes on: it answers them before all else.
        List<Future<?>> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
          boolean object = i % 2 == 0;
          readers.add(threads.submit(() -> read(rest, leader.apiUri(), object)));
        }
        leader.resume();
        for (Future<?> reader : readers) {
          reader.get(60, TimeUnit.SECONDS);
        }
      } finally {
        stop.set(true);
        if (leader.isPaused()) {
          leader.resume();
        }
      }
      for (Future<?> writer : writers) {
        writer.get(60, TimeUnit.SECONDS);
      }
    }
    assertThat(stale).isEmpty();
    assertThat(answered).hasValueGreaterThan(READERS * READS / 2);
  }

  private Void writeNumbers(LockCalls rest, URI node) throws Exception {
    for (long number = 1; !stop.get(); number++) {
      // A write of unknown outcome may show or not: only what was acknowledged must.
      if (rest.call(node, "PUT", "/v1/objects/number?consistency=confirmed", Long.toString(number))
          .isOk()) {
        writtenNumber.set(number);
      }
    }
    return null;
  }

  /** The next holder waits before this one lets go, so that the lock has a holder at any time. */
  private Void passTheLockOn(LockCalls rest, URI node) throws Exception {
    String session = rest.openSession(node, Duration.ofMinutes(5));
    LockBodies.Grant held = rest.acquire(node, "relay", session, "h0", Duration.ZERO);
    grantedToken.set(held.token());
    for (int i = 1; !stop.get(); i++) {
      String holder = "h" + i;
      String last = held.holder();
      try (ExecutorService waiting = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<LockBodies.Grant> next = waiting.submit(() -> acquired(rest, node, session, holder));
        Await.until(WAIT, holder + " waits", () -> Await.get(() -> waits(rest, node)));
        released(rest, node, session, last);
        held = next.get();
        grantedToken.set(held.token());
      }
    }
    return null;
  }

  private static boolean waits(LockCalls rest, URI node) throws Exception {
    LockCalls.Answer view = rest.call(node, "GET", "/v1/locks/relay", "");
    return view.isOk() && view.as(LockBodies.View.class).waiting() > 0;
  }

  /** The same request again gets the same grant. */
  private static LockBodies.Grant acquired(LockCalls rest, URI node, String session, String holder)
      throws Exception {
    LockCalls.Answer answer;
    do {
      answer = rest.tryAcquire(node, "relay", session, holder, WAIT);
    } while (answer.status() >= 500);
    return answer.as(LockBodies.Grant.class);
  }

  private static void released(LockCalls rest, URI node, String session, String holder)
      throws Exception {
    LockCalls.Answer answer;
    do {
      answer = rest.release(node, "relay", session, holder);
    } while (answer.status() >= 500);
  }

  private Void read(LockCalls rest, URI node, boolean object) throws Exception {
    for (int i = 0; i < READS; i++) {
      long atLeast = object ? writtenNumber.get() : grantedToken.get();
      try {
        LockCalls.Answer answer =
            rest.call(
                node,
                "GET",
                object ? "/v1/objects/number?read=confirmed_only" : "/v1/locks/relay",
                "");
        if (answer.isOk()) {
          answered.incrementAndGet();
          long seen = object ? Long.parseLong(answer.body()) : tokenIn(answer);
          if (seen < atLeast) {
            stale.add(
                "read %d of %s: %d, acknowledged was %d"
                    .formatted(i, object ? "the object" : "the lock", seen, atLeast));
          }
        }
      } catch (IOException e) {
        // No answer is no older value; the count of answers tells when there were too few.
      }
    }
    return null;
  }

  private static long tokenIn(LockCalls.Answer answer) {
    return answer.as(LockBodies.View.class).holders().stream()
        .mapToLong(LockBodies.Holder::token)
        .max()
        .orElse(-1);
  }
}
