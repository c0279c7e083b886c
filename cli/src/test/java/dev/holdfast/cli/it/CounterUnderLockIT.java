// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.HoldfastException;
import dev.holdfast.client.Session;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Mutual exclusion, and what tokens are for, while leaders die. */
@HoldfastCluster
@Timeout(value = 150, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CounterUnderLockIT {
  private static final int CLIENTS = 50;
  private static final Duration TTL = Duration.ofSeconds(15);
  private static final Duration ELECTION = Duration.ofSeconds(30);
  private static final Duration RESTART = Duration.ofSeconds(60);

  private final LocalCluster cluster;

  private final AtomicLong increments = new AtomicLong();
  private final AtomicBoolean stop = new AtomicBoolean();

  CounterUnderLockIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void losesNoIncrementOfFiftyClientsWhileTheLeaderIsKilledTwice(@TempDir Path folder)
      throws Exception {
    TokenCheckedFile counter = new TokenCheckedFile(folder.resolve("counter"));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Long>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int first = i;
        clients.add(threads.submit(() -> incrementUntilStopped(first, counter)));
      }
      try {
        awaitMore(2L * CLIENTS);
        for (int kill = 0; kill < 2; kill++) {
          LocalNode leader = cluster.awaitLeader(ELECTION);
          leader.kill();
          awaitMore(CLIENTS);
          leader.start().awaitReady(RESTART);
          awaitMore(CLIENTS);
        }
      } finally {
        stop.set(true);
      }
      for (Future<Long> client : clients) {
        assertThat(client.get(60, TimeUnit.SECONDS)).as("a client's increments").isPositive();
      }
    }

    assertThat(counter.read(Long.MAX_VALUE)).isEqualTo(OptionalLong.of(increments.get()));
    List<Long> inOrder = counter.tokens();
    assertThat(inOrder).isSorted().doesNotHaveDuplicates().hasSize((int) increments.get());
  }

  private void awaitMore(long count) {
    long goal = increments.get() + count;
    Await.until(
        ELECTION,
        () -> goal + " increments, there are " + increments.get(),
        () -> increments.get() >= goal);
  }

  private long incrementUntilStopped(int index, TokenCheckedFile counter) throws Exception {
    List<URI> uris = new ArrayList<>(cluster.apiUris());
    Collections.rotate(uris, index);
    String servers = uris.stream().map(URI::toString).collect(Collectors.joining(","));
    long own = 0;
    try (Holdfast holdfast = Holdfast.connect(servers)) {
      Session session = holdfast.session(TTL);
      while (!stop.get()) {
        if (session.state().isFinal()) {
          session = holdfast.session(TTL);
        }
        try (Hold hold = session.lock("counter").acquire()) {
          if (increment(hold.token(), counter)) {
            own++;
          }
        } catch (HoldfastException e) {
          // The session was lost to a leader's death, and with it the hold: the next one tries.
          assertThat(session.state().isFinal() || e.mayRetry()).as(e.toString()).isTrue();
        }
      }
    }
    return own;
  }

  private boolean increment(long token, TokenCheckedFile counter) {
    OptionalLong before = counter.read(token);
    if (before.isEmpty() || !counter.write(token, before.getAsLong() + 1)) {
      return false;
    }
    increments.incrementAndGet();
    return true;
  }
}
