// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.client.ClientConfig;
import dev.holdfast.client.Election;
import dev.holdfast.client.GroupChange;
import dev.holdfast.client.Hold;
import dev.holdfast.client.HoldState;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.JavaLock;
import dev.holdfast.client.Leader;
import dev.holdfast.client.Leadership;
import dev.holdfast.client.LockLostException;
import dev.holdfast.client.Membership;
import dev.holdfast.client.MultiHold;
import dev.holdfast.client.ReadWriteLockClient;
import dev.holdfast.client.Reentry;
import dev.holdfast.client.RefusedException;
import dev.holdfast.client.Semaphore;
import dev.holdfast.client.Session;
import dev.holdfast.client.WriteOptions;
import dev.holdfast.protocol.ElectionBodies;
import dev.holdfast.protocol.LockBodies;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is built above locks, by programs that are connected to different nodes. */
@HoldfastCluster
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LockFamilyIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int THREADS = 2_000;
  private static final byte[] BYTES = "x".getBytes(StandardCharsets.UTF_8);

  private final LocalCluster cluster;

  LockFamilyIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  private Holdfast at(int node) {
    return Holdfast.connect(
        ClientConfig.of(cluster.node(node).apiUri().toString()).withRequestTimeout(SOON));
  }

  @Test
  void downgradeLetsNoWriterInAndMakesTheOldTokenWorthless() throws Exception {
    try (Holdfast a = at(0);
        Holdfast b = at(1)) {
      ReadWriteLockClient lock = a.locks().session().readWriteLock("ledger");
      Object owner = new Object();
      Reentry write = lock.writeLock().acquire(owner);
      WriteOptions late = WriteOptions.NONE.fence(write.fence());
      a.objects().put("ledger/1", BYTES, late);
      Hold writer = b.locks().lock("ledger").request();
      Await.until(SOON, "a place in the queue", () -> writer.position() == 1);
      Reentry read = lock.readLock().acquire(owner);
      final long token = write.token();

      write.close();

      assertThat(read.isHeld()).isTrue();
      assertThat(read.token()).isGreaterThan(token);
      assertThat(writer.state()).isEqualTo(HoldState.PENDING);
      assertThatThrownBy(() -> a.objects().put("ledger/1", BYTES, late))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.code()).isEqualTo("FENCED"));
      assertThatThrownBy(() -> lock.writeLock().acquire(owner))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("UPGRADE_REFUSED");
      read.close();
      assertThat(writer.granted().get(20, TimeUnit.SECONDS).token()).isGreaterThan(read.token());
    }
  }

  @Test
  void downgradesByRestAsWell() throws Exception {
    try (LockCalls rest = new LockCalls()) {
      var first = cluster.node(0).apiUri();
      var second = cluster.node(1).apiUri();
      String session = rest.openSession(first, Duration.ofSeconds(60));
      LockBodies.Grant grant = rest.acquire(first, "by-rest", session, "h", Duration.ZERO);
      String body =
          "{\"session\":\"%s\",\"holder\":\"h\",\"token\":%d,\"mode\":\"%s\"}"
              .formatted(session, grant.token(), "shared");

      long token =
          rest.call(second, "PUT", "/v1/locks/by-rest", body).as(LockBodies.Grant.class).token();

      assertThat(token).isGreaterThan(grant.token());
      assertThat(
              rest.call(first, "PUT", "/v1/locks/by-rest", body).as(LockBodies.Grant.class).token())
          .as("repeated")
          .isEqualTo(token);
      LockCalls.Answer refused =
          rest.call(first, "PUT", "/v1/locks/by-rest", body.replace("shared", "exclusive"));
      assertThat(refused.status()).isEqualTo(400);
    }
  }

  @Test
  void semaphoreCountsAndRefusesAnotherMaximum() throws Exception {
    try (Holdfast a = at(0);
        Holdfast b = at(2)) {
      Semaphore permits = a.locks().session().semaphore("gpus", 5);
      Semaphore same = b.locks().session().semaphore("gpus", 5);
      assertThat(permits.availablePermits()).isEqualTo(5);

      Hold three = permits.acquire(3);
      Hold two = same.acquire(2, SOON);

      assertThat(permits.availablePermits()).isZero();
      assertThat(permits.tryAcquire(1)).isEmpty();
      Semaphore other = b.locks().session().semaphore("gpus", 6);
      assertThatThrownBy(() -> other.acquire(1, SOON)).hasMessageContaining("MODE_MISMATCH");
      assertThatThrownBy(other::availablePermits).hasMessageContaining("MODE_MISMATCH");
      three.releaseAsync().get(20, TimeUnit.SECONDS);
      assertThat(same.availablePermits()).isEqualTo(3);
      two.release();
    }
  }

  @Test
  void multiLocksOfTwoProgramsTakeTurns() throws Exception {
    List<Long> tokens = new CopyOnWriteArrayList<>();
    try (Holdfast a = at(0);
        Holdfast b = at(1);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> turns = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        Session session = (i % 2 == 0 ? a : b).locks().session();
        String[] names = i % 3 == 0 ? new String[] {"m/2", "m/1"} : new String[] {"m/1", "m/2"};
        turns.add(
            threads.submit(() -> {
              try (MultiHold hold = session.multiLock(names).acquire(Duration.ofSeconds(60))) {
                hold.check();
                tokens.add(hold.tokens().get("m/2"));
              }
              return null;
            }));
      }
      for (Future<?> turn : turns) {
        turn.get(70, TimeUnit.SECONDS);
      }
    }
    assertThat(tokens).hasSize(30).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void leaderAndItsValueAreKnownEverywhereThroughTheDeathOfANode() throws Exception {
    LocalNode dies = cluster.node(2);
    try (Holdfast a = at(0);
        Holdfast b = at(1);
        Holdfast c = at(2);
        LockCalls rest = new LockCalls()) {
      List<Leader> told = new CopyOnWriteArrayList<>();
      Election election = a.session(Duration.ofSeconds(30)).election("primary");
      c.session(Duration.ofSeconds(30)).election("primary").observe(told::add).begun().join();
      Leadership first = election.campaign("north");
      first.proclaim("north:80");
      Await.until(SOON, "the value", () -> newest(told).value().equals("north:80"));
      Hold waiting = b.session(Duration.ofSeconds(30)).election("primary").join("south");
      Await.until(SOON, "south waits", () -> waiting.position() == 1);

      dies.kill();
      first.proclaim("north:81");
      ElectionBodies.Leader seen =
          rest.call(cluster.node(1).apiUri(), "GET", "/v1/elections/primary", "")
              .as(ElectionBodies.Leader.class);
      assertThat(seen.value()).isEqualTo("north:81");
      assertThat(seen.candidate()).isEqualTo("north");
      assertThat(seen.waiting()).isEqualTo(1);
      Await.until(SOON, "told by another node", () -> newest(told).value().equals("north:81"));
      first.resign();

      waiting.granted().get(20, TimeUnit.SECONDS);
      Await.until(SOON, "south leads", () -> newest(told).candidate().equals("south"));
      assertThat(newest(told).token()).isGreaterThan(first.token());
      assertThat(newest(told).value()).isEmpty();
      assertThat(election.leader().candidate()).isEqualTo("south");
      assertThatThrownBy(() -> first.proclaim("late")).isInstanceOf(LockLostException.class);
      String late =
          "{\"session\":\"%s\",\"holder\":\"%s\",\"token\":%d,\"sequence\":9,\"value\":\"late\"}"
              .formatted(seen.session(), seen.holder(), seen.token());
      LockCalls.Answer fenced =
          rest.call(cluster.node(1).apiUri(), "PUT", "/v1/elections/primary", late);
      assertThat(fenced.status()).isEqualTo(412);
      assertThat(fenced.hasCode("FENCED")).isTrue();
      assertThat(told).extracting(Leader::token).isSorted();
    } finally {
      dies.start().awaitReady(Duration.ofSeconds(40));
    }
  }

  private static Leader newest(List<Leader> told) {
    return told.isEmpty() ? new Leader("primary", "", "", 0, "", 0) : told.getLast();
  }

  @Test
  void membersEndWithTheirSessions() throws Exception {
    try (Holdfast a = at(0);
        Holdfast b = at(1);
        LockCalls rest = new LockCalls()) {
      List<GroupChange> told = new CopyOnWriteArrayList<>();
      a.locks().session().group("workers").watch(told::add).begun().join();
      Session short1 = b.session(Duration.ofSeconds(30));
      Membership one = short1.group("workers").join("w1", "mail");
      Membership two = a.locks().session().group("workers").join("w2", "print");
      Await.until(
          SOON,
          "both are told",
          () -> !told.isEmpty() && told.getLast().members().keySet().size() == 2);
      assertThat(
              rest.call(cluster.node(2).apiUri(), "GET", "/v1/groups/workers", "")
                  .as(ElectionBodies.Group.class)
                  .members())
          .extracting(ElectionBodies.Member::member, ElectionBodies.Member::data)
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple("w1", "mail"),
              org.assertj.core.groups.Tuple.tuple("w2", "print"));

      short1.close();

      Await.until(SOON, "w1 has left", () -> told.getLast().members().size() == 1);
      assertThat(one.isMember()).isFalse();
      assertThat(a.locks().session().group("workers").members()).containsOnlyKeys("w2");
      two.leave();
    }
  }

  @Test
  void thousandsOfVirtualThreadsTakeTurnsThroughTheJavaLock() throws Exception {
    int[] counter = {0};
    try (Holdfast holdfast = at(1);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      JavaLock lock = holdfast.locks().session().reentrantLock("turns").asJavaLock();
      List<Future<?>> turns = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        turns.add(
            threads.submit(() -> {
              lock.lock();
              try {
                lock.lock();
                try {
                  counter[0]++;
                } finally {
                  lock.unlock();
                }
              } finally {
                lock.unlock();
              }
            }));
      }
      for (Future<?> turn : turns) {
        turn.get(70, TimeUnit.SECONDS);
      }
    }
    assertThat(counter[0]).isEqualTo(THREADS);
  }

  @Test
  void delayKeepsALockFromOthersAfterAnExpiryOnly() throws Exception {
    try (LockCalls rest = new LockCalls()) {
      var node = cluster.node(0).apiUri();
      Duration delay = Duration.ofSeconds(4);
      String dying = rest.openSession(node, Duration.ofSeconds(1));
      String body = "{\"session\":\"%s\",\"holder\":\"h\",\"delay\":\"%dms\"}";
      rest.call(node, "POST", "/v1/locks/slow", body.formatted(dying, delay.toMillis()))
          .as(LockBodies.Grant.class);
      long granted = System.nanoTime();
      String next = rest.openSession(node, Duration.ofSeconds(60));

      // Nobody renews the first session: it lives for its TTL at least, and then the delay counts.
      rest.acquire(node, "slow", next, "h", Duration.ofSeconds(60));

      assertThat(Duration.ofNanos(System.nanoTime() - granted)).isGreaterThan(delay);
      rest.release(node, "slow", next, "h");
      String closing = rest.openSession(node, Duration.ofSeconds(60));
      rest.call(node, "POST", "/v1/locks/slow", body.formatted(closing, 600_000))
          .as(LockBodies.Grant.class);
      rest.call(node, "DELETE", "/v1/sessions/" + closing, "");
      rest.acquire(node, "slow", next, "h2", Duration.ofSeconds(60));
    }
  }
}
