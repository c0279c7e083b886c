// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.protocol.LockBodies;
import dev.holdfast.protocol.SessionBodies;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
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

/**
 * {@code kill -9} of a node that is written to, again and again. What it acknowledged is recorded
 * here, outside of the killed process: objects, and the tokens of a lock that is taken through this
 * node and another one in turns. {@code -Dholdfast.rounds=50} is the full campaign, {@code
 * -Dholdfast.seed=...} repeats one.
 */
@HoldfastCluster
@Timeout(value = 3_600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class CrashLoopIT {
  private static final int ROUNDS = Integer.getInteger("holdfast.rounds", 3);
  private static final long SEED = Long.getLong("holdfast.seed", System.nanoTime());
  private static final int WRITERS = 8;
  private static final int READERS = 8;
  private static final int WRITES_MIN = 200;
  private static final int WRITES_MORE_MAX = 150;

  /** Beyond what a record holds inline, so that some writes have chunks. */
  private static final int SIZE_MAX = 24_000;

  private static final Duration RESTART = Duration.ofMinutes(2);
  private static final Duration WRITTEN = Duration.ofMinutes(4);
  private static final String SESSION_TTL = "3s";
  private static final Duration LOCK_WAIT = Duration.ofSeconds(1);

  private final LocalCluster cluster;
  private final Map<String, byte[]> acknowledged = new ConcurrentHashMap<>();

  /** The highest token that anyone has got so far. */
  private final AtomicLong token = new AtomicLong();

  private final ConcurrentLinkedQueue<String> wrongTokens = new ConcurrentLinkedQueue<>();

  CrashLoopIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void losesNothingAcknowledgedByANodeThatIsKilledAtRandomMoments() throws Exception {
    Random random = new Random(SEED);
    try (NodeCalls calls = new NodeCalls()) {
      for (int round = 0; round < ROUNDS; round++) {
        LocalNode victim = cluster.node(random.nextInt(cluster.nodes().size()));
        String story = "seed " + SEED + ", round " + round + ", killed " + victim.id();
        List<String> written = writeAndKill(calls, victim, round, random);
        System.out.printf(
            "%s: %d writes acknowledged, token %d%n", story, written.size(), token.get());
        assertThat(written).as(story).hasSizeGreaterThanOrEqualTo(WRITES_MIN);
        assertThat(wrongTokens).as(story).isEmpty();
        victim.start().awaitReady(RESTART);
        for (LocalNode node : cluster.nodes()) {
          node.awaitReady(RESTART);
        }
        assertAllAreThere(calls, victim, written, story);
      }
      // Later crashes must not have harmed earlier rounds.
      assertAllAreThere(
          calls, cluster.node(0), acknowledged.keySet(), "seed " + SEED + ", at the end");
    }
  }

  private void assertAllAreThere(
      NodeCalls calls, LocalNode node, Collection<String> keys, String story) throws Exception {
    ConcurrentLinkedQueue<String> left = new ConcurrentLinkedQueue<>(keys);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Void>> readers =
          Collections.nCopies(
              READERS,
              () -> {
                for (String key = left.poll(); key != null; key = left.poll()) {
                  assertIsThere(calls, node, key, story);
                }
                return null;
              });
      for (Future<Void> reader : threads.invokeAll(readers)) {
        reader.get();
      }
    }
  }

  private void assertIsThere(NodeCalls calls, LocalNode node, String key, String story)
      throws IOException {
    NodeCalls.Answer answer = calls.get(node, key);
    assertThat(answer.status())
        .as("%s: GET %s at %s: %s", story, key, node.id(), answer.text())
        .isEqualTo(200);
    assertThat(answer.body()).as("%s: %s", story, key).isEqualTo(acknowledged.get(key));
  }

  /** Returns the keys that were acknowledged before the node died, while it was written to. */
  private List<String> writeAndKill(NodeCalls calls, LocalNode victim, int round, Random random)
      throws Exception {
    int goal = WRITES_MIN + random.nextInt(WRITES_MORE_MAX);
    AtomicInteger done = new AtomicInteger();
    List<String> all = new ArrayList<>();
    AtomicInteger grants = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    LocalNode other =
        cluster.nodes().stream().filter(node -> node != victim).findAny().orElseThrow();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> lockers =
          List.of(
              threads.submit(() -> takeTheLock(victim, "victim-" + round, grants, over)),
              threads.submit(
                  () -> takeTheLock(other, "other-" + round, new AtomicInteger(), over)));

      List<Future<List<String>>> writers = new ArrayList<>();
      for (int writer = 0; writer < WRITERS; writer++) {
        String prefix = "crash/" + round + "/" + writer + "/";
        Random own = new Random(random.nextLong());
        writers.add(threads.submit(() -> writeUntilDead(calls, victim, prefix, own, done)));
      }
      try {
        Await.until(
            WRITTEN,
            () -> goal + " writes and a lock, are " + done + " and " + grants,
            () -> done.get() >= goal && grants.get() > 0);
      } finally {
        victim.kill();
        over.set(true);
      }
      for (Future<List<String>> writer : writers) {
        all.addAll(writer.get(120, TimeUnit.SECONDS));
      }
      for (Future<?> locker : lockers) {
        locker.get(120, TimeUnit.SECONDS);
      }
    }
    return all;
  }

  /**
   * Again and again through one node, until the round is over. A token is greater than each that
   * anyone had got when it was asked for.
   */
  private void takeTheLock(
      LocalNode node, String holder, AtomicInteger grants, AtomicBoolean over) {
    try (LockCalls calls = new LockCalls()) {
      String session = "";
      while (!over.get()) {
        if (session.isEmpty()) {
          LockCalls.Answer opened =
              calls.call(
                  node.apiUri(), "POST", "/v1/sessions", "{\"ttl\":\"" + SESSION_TTL + "\"}");
          session = opened.isOk() ? opened.as(SessionBodies.Info.class).session() : "";
          continue;
        }
        long before = token.get();
        LockCalls.Answer answer =
            calls.tryAcquire(node.apiUri(), "crash", session, holder, LOCK_WAIT);
        boolean lives = calls.keepAlive(node.apiUri(), session).isOk();
        if (answer.isOk()) {
          long granted = answer.as(LockBodies.Grant.class).token();
          if (granted <= before) {
            wrongTokens.add(holder + " got " + granted + " after " + before);
          }
          token.accumulateAndGet(granted, Math::max);
          grants.incrementAndGet();
          lives &= calls.release(node.apiUri(), "crash", session, holder).isOk();
        }
        if (!lives) {
          session = "";
        }
      }
    } catch (IOException e) {
      if (node.isAlive()) {
        throw new UncheckedIOException(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<String> writeUntilDead(
      NodeCalls calls, LocalNode victim, String prefix, Random random, AtomicInteger done) {
    List<String> keys = new ArrayList<>();
    while (true) {
      String key = prefix + keys.size();
      byte[] content = new byte[random.nextInt(SIZE_MAX)];
      random.nextBytes(content);
      try {
        NodeCalls.Answer answer = calls.put(victim, key, content);
        if (answer.status() == 201) {
          acknowledged.put(key, content);
          keys.add(key);
          done.incrementAndGet();
        }
      } catch (IOException e) {
        if (!victim.isAlive()) {
          return keys; // not acknowledged, so nothing is promised
        }
      }
    }
  }
}
