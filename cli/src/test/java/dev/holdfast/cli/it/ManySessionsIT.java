// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.ClientConfig;
import dev.holdfast.client.Hold;
import dev.holdfast.client.HoldState;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.Session;
import dev.holdfast.protocol.LockBodies;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Thousands of sessions of one program, each with a lock, over a few connections, through the death
 * of the leader. {@code -Dholdfast.sessions=N} for another number.
 */
@HoldfastCluster(heap = "512m")
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class ManySessionsIT {
  private static final int SESSIONS = Integer.getInteger("holdfast.sessions", 2_000);
  private static final int AT_ONCE = 128;
  private static final Duration TTL = Duration.ofSeconds(30);
  private static final Duration LONG = Duration.ofSeconds(60);

  /** Free space is told by each node every 30 s, and a session is adopted now and then. */
  private static final long OTHER_COMMITS = 500;

  private final LocalCluster cluster;

  ManySessionsIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  private record Held(Session session, Hold hold, long token) {}

  @Test
  void noneEndsEarlyAndNoTokenChangesWhenTheLeaderIsKilled() throws Exception {
    String servers = cluster.apiUris().stream().map(URI::toString).collect(Collectors.joining(","));
    try (Holdfast holdfast =
            Holdfast.connect(
                ClientConfig.of(servers).withSessionTtl(TTL).withRequestTimeout(LONG));
        LockCalls rest = new LockCalls()) {
      long begun = System.nanoTime();
      List<Held> all = open(holdfast);
      System.out.printf("%d sessions with a lock each after %d ms%n", SESSIONS, millis(begun));
      Queue<String> told = new ConcurrentLinkedQueue<>();
      all.forEach(held ->
          held.hold()
              .onChange(state -> {
                if (state.isFinal()) {
                  told.add(held.hold().toString());
                }
              }));
      keepAlivesDoNotGoThroughTheLog(rest);

      LocalNode leader = cluster.awaitLeader(LONG);
      leader.kill();
      long killed = System.nanoTime();
      // Past the TTL: whoever is still held then has been renewed since.
      Await.until(
          LONG.plus(TTL),
          () -> "all are held, %s".formatted(states(all)),
          () -> {
            assertThat(told).isEmpty();
            return System.nanoTime() - killed > TTL.plusSeconds(2).toNanos()
                && all.stream().allMatch(held -> held.hold().state() == HoldState.HELD);
          });

      assertThat(told).isEmpty();
      assertThat(all).allMatch(held -> held.hold().token() == held.token());
      URI other =
          cluster.nodes().stream()
              .filter(node -> node != leader)
              .findFirst()
              .orElseThrow()
              .apiUri();
      assertThat(tokensOfTheCluster(rest, other))
          .isEqualTo(
              all.stream().collect(Collectors.toMap(held -> held.hold().lock(), Held::token)));
      System.out.printf("all held %d ms after the kill%n", millis(killed));
      leader.start().awaitReady(LONG);
    }
  }

  private static List<Held> open(Holdfast holdfast) throws Exception {
    Semaphore places = new Semaphore(AT_ONCE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Held>> opening = new ArrayList<>();
      for (int i = 0; i < SESSIONS; i++) {
        String lock = "many/%05d".formatted(i);
        opening.add(
            threads.submit(() -> {
              places.acquire();
              try {
                Session session = holdfast.session();
                Hold hold = session.lock(lock).acquire();
                return new Held(session, hold, hold.token());
              } finally {
                places.release();
              }
            }));
      }
      List<Held> all = new ArrayList<>();
      for (Future<Held> one : opening) {
        all.add(one.get(120, TimeUnit.SECONDS));
      }
      return all;
    }
  }

  private void keepAlivesDoNotGoThroughTheLog(LockCalls rest) throws Exception {
    URI node = cluster.node(0).apiUri();
    long before = revision(rest, node);
    long begun = System.nanoTime();
    // Each session is renewed within a third of its TTL.
    long third = TTL.dividedBy(3).plusSeconds(1).toNanos();
    Await.until(LONG, "a round of renewals", () -> System.nanoTime() - begun > third);

    assertThat(revision(rest, node) - before)
        .as("commits while %d sessions were renewed", SESSIONS)
        .isLessThan(OTHER_COMMITS);
  }

  private static long revision(LockCalls rest, URI node) throws Exception {
    return rest.call(node, "GET", "/v1/locks/nobody", "").as(LockBodies.View.class).revision();
  }

  private static Map<String, Long> tokensOfTheCluster(LockCalls rest, URI node) throws Exception {
    Map<String, Long> tokens = new HashMap<>();
    String after = "";
    do {
      LockBodies.Page page =
          rest.call(node, "GET", "/v1/locks?prefix=many/" + after, "").as(LockBodies.Page.class);
      page.locks().forEach(lock -> tokens.put(lock.lock(), lock.holders().getFirst().token()));
      after = page.next() == null ? "" : "&after=" + page.next();
    } while (!after.isEmpty());
    return tokens;
  }

  private static Map<HoldState, Long> states(List<Held> all) {
    return all.stream()
        .collect(Collectors.groupingBy(held -> held.hold().state(), Collectors.counting()));
  }

  private static long millis(long since) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
  }
}
