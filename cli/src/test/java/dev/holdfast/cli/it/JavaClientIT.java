// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.client.ClientConfig;
import dev.holdfast.client.Encoding;
import dev.holdfast.client.Hold;
import dev.holdfast.client.HoldState;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.NotFoundException;
import dev.holdfast.client.ObjectReader;
import dev.holdfast.client.RefusedException;
import dev.holdfast.client.Session;
import dev.holdfast.client.WaitTimeoutException;
import dev.holdfast.client.WriteOptions;
import dev.holdfast.protocol.ObjectBodies;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The Java client on a real cluster, in both encodings, through the death of its node. */
@HoldfastCluster
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class JavaClientIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int THREADS = 200;

  private final LocalCluster cluster;

  JavaClientIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  /** Knows this node only, so that its first connection goes there; it learns the others. */
  private static Holdfast at(LocalNode node, Encoding encoding) {
    return Holdfast.connect(ClientConfig.of(node.apiUri().toString()).withEncoding(encoding));
  }

  @ParameterizedTest
  @EnumSource
  void grantsOneExclusiveHolderAndPushesTheNextGrantToAnotherNode(Encoding encoding)
      throws Exception {
    String name = "exclusive/" + encoding;
    try (Holdfast a = at(cluster.node(0), encoding);
        Holdfast b = at(cluster.node(1), encoding)) {
      Hold first = a.locks().lock(name).acquire();
      assertThat(b.locks().lock(name).tryAcquire()).isEmpty();

      Hold waiting = b.locks().lock(name).request();
      Await.until(SOON, "a place in the queue", () -> waiting.position() == 1);
      first.release();

      Hold second = waiting.granted().get(SOON.toMillis(), TimeUnit.MILLISECONDS);
      assertThat(second.token()).isGreaterThan(first.token());
      assertThat(second.isHeld()).isTrue();
      assertThat(first.state()).isEqualTo(HoldState.RELEASED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void letsSharedHoldersInTogetherAndPermitsUpToTheirNumber(Encoding encoding) throws Exception {
    String shared = "shared/" + encoding;
    String permits = "permits/" + encoding;
    try (Holdfast a = at(cluster.node(0), encoding);
        Holdfast b = at(cluster.node(2), encoding);
        Hold _ = a.locks().lock(shared).shared().acquire();
        Hold _ = b.locks().lock(shared).shared().acquire(SOON);
        Hold _ = a.locks().lock(permits).permits(2, 3).acquire();
        Hold last = b.locks().lock(permits).permits(1, 3).acquire(SOON)) {
      assertThat(a.locks().lock(shared).tryAcquire()).isEmpty();
      assertThat(a.locks().lock(permits).permits(1, 3).tryAcquire()).isEmpty();
      assertThatThrownBy(() -> a.locks().lock(permits).permits(1, 4).acquire(SOON))
          .isInstanceOf(RefusedException.class);

      last.releaseAsync().get(SOON.toMillis(), TimeUnit.MILLISECONDS);

      assertThat(a.locks().lock(permits).permits(1, 3).tryAcquire()).isPresent();
    }
  }

  @ParameterizedTest
  @EnumSource
  void neverGrantsAWaitThatTimedOutOrWasWithdrawn(Encoding encoding) throws Exception {
    String name = "withdrawn/" + encoding;
    try (Holdfast a = at(cluster.node(0), encoding);
        Holdfast b = at(cluster.node(1), encoding)) {
      Hold first = a.locks().lock(name).acquire();

      assertThatThrownBy(() -> b.locks().lock(name).acquire(Duration.ofMillis(300)))
          .isInstanceOf(WaitTimeoutException.class);
      Hold withdrawn = b.locks().lock(name).request();
      Await.until(SOON, "a place in the queue", () -> withdrawn.position() == 1);
      withdrawn.releaseAsync().get(SOON.toMillis(), TimeUnit.MILLISECONDS);
      first.releaseAsync().get(SOON.toMillis(), TimeUnit.MILLISECONDS);

      assertThat(withdrawn.state()).isEqualTo(HoldState.RELEASED);
      assertThat(a.locks().lock(name).tryAcquire()).isPresent();
    }
  }

  @Test
  void writesReadsListsAndDeletesObjectsUnderAFence() throws Exception {
    byte[] bytes = "hello".getBytes(StandardCharsets.UTF_8);
    try (Holdfast holdfast = at(cluster.node(1), Encoding.CBOR)) {
      Hold old = holdfast.locks().lock("fence").acquire();
      WriteOptions fenced = WriteOptions.NONE.metadata("by", "it").fence(old.fence());

      ObjectBodies.Put put = holdfast.objects().put("client/a b/ü", bytes, fenced);
      holdfast.objects().put("client/c", bytes);

      assertThat(put.state()).isEqualTo("confirmed");
      try (ObjectReader reader = holdfast.objects().get("client/a b/ü")) {
        assertThat(reader.readAll()).isEqualTo(bytes);
        assertThat(reader.head().version()).isEqualTo(put.version());
        assertThat(reader.head().metadata()).containsEntry("by", "it");
      }
      assertThat(holdfast.objects().list("client/").map(ObjectBodies.Info::key))
          .containsExactly("client/a b/ü", "client/c");

      old.releaseAsync().get(SOON.toMillis(), TimeUnit.MILLISECONDS);
      assertThatThrownBy(() -> holdfast.objects().put("client/c", bytes, fenced))
          .isInstanceOfSatisfying(
              RefusedException.class,
              e -> assertThat(e.status() + " " + e.code()).isEqualTo("412 FENCED"));

      holdfast.objects().delete("client/c");
      assertThatThrownBy(() -> holdfast.objects().get("client/c"))
          .isInstanceOf(NotFoundException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void servesTwoHundredVirtualThreadsOfOneClientInTurn(Encoding encoding) throws Exception {
    Set<Long> tokens = new ConcurrentSkipListSet<>();
    AtomicInteger inside = new AtomicInteger();
    try (Holdfast holdfast = at(cluster.node(2), encoding);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> turns = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        turns.add(
            threads.submit(() -> {
              try (Hold hold = holdfast.locks().lock("turns/" + encoding).acquire()) {
                boolean alone = inside.incrementAndGet() == 1;
                tokens.add(hold.token());
                inside.decrementAndGet();
                return alone;
              }
            }));
      }
      for (Future<Boolean> turn : turns) {
        assertThat(turn.get(40, TimeUnit.SECONDS)).isTrue();
      }
    }
    assertThat(tokens).hasSize(THREADS);
  }

  @ParameterizedTest
  @EnumSource
  void keepsTheTokenWhenTheNodeOfAHolderIsKilled(Encoding encoding) throws Exception {
    String name = "reconnect/" + encoding;
    LocalNode node = cluster.node(encoding == Encoding.JSON ? 0 : 1);
    try (Holdfast holdfast = at(node, encoding);
        Holdfast other = at(cluster.node(2), encoding)) {
      Session session = holdfast.session(Duration.ofSeconds(5));
      Hold hold = session.lock(name).acquire();
      List<HoldState> states = new ArrayList<>();
      hold.onChange(states::add);
      long token = hold.token();
      Hold waiting = other.locks().lock(name).request();
      Await.until(SOON, "a place in the queue", () -> waiting.position() == 1);

      node.kill();
      long killed = System.nanoTime();
      // Past the TTL: only acknowledged renewals through another node keep it that long.
      Await.until(
          Duration.ofSeconds(30),
          "the hold is " + hold,
          () -> hold.state().isFinal() || System.nanoTime() - killed > 7_000_000_000L);

      assertThat(hold.state()).as("after %s", states).isEqualTo(HoldState.HELD);
      assertThat(hold.token()).isEqualTo(token);
      assertThat(waiting.state()).isEqualTo(HoldState.PENDING);
      hold.release();
      assertThat(waiting.granted().get(15, TimeUnit.SECONDS).token()).isGreaterThan(token);
    } finally {
      node.start().awaitReady(Duration.ofSeconds(40));
    }
  }

  /** The leader's own metrics say who is there: what comes over another node is forwarded. */
  @Test
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void busyClientFollowsTheLeaderAndNobodyNotices() throws Exception {
    LocalNode first = cluster.awaitLeader(Duration.ofSeconds(20));
    LocalNode start = cluster.nodes().stream().filter(node -> node != first).findFirst().get();
    LocalNode second =
        cluster.nodes().stream().filter(node -> node != first && node != start).findFirst().get();
    try (Holdfast holdfast = at(start, Encoding.CBOR);
        Session session = holdfast.session(Duration.ofSeconds(5));
        LockCalls rest = new LockCalls();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Object> noticed = new CopyOnWriteArrayList<>();
      session.onChange(noticed::add);
      Hold hold = session.lock("follow/held").acquire();
      hold.onChange(noticed::add);
      AtomicBoolean over = new AtomicBoolean();
      AtomicLong added = new AtomicLong();
      List<Future<?>> busy = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        String own = "follow/" + i;
        busy.add(
            threads.submit(() -> {
              while (!over.get()) {
                session.lock(own).acquire().release();
                session.counter("follow").addAndGet(1);
                added.incrementAndGet();
              }
              return true;
            }));
      }

      awaitNothingForwarded(rest, start, added);
      Cli.Result transfer =
          new Cli(cluster)
              .run(
                  "cluster", "transfer-leader", second.id(), "--server", start.apiUri().toString());
      assertThat(transfer.exitCode()).as(transfer.output()).isZero();
      awaitNothingForwarded(rest, first, added);
      over.set(true);
      for (Future<?> one : busy) {
        one.get(20, TimeUnit.SECONDS);
      }

      assertThat(hold.isHeld()).isTrue();
      assertThat(session.counter("follow").get()).isEqualTo(added.get());
      assertThat(noticed).isEmpty();
    }
  }

  /** The client has left this node: much was done since, and nothing of it came this way. */
  private static void awaitNothingForwarded(LockCalls rest, LocalNode left, AtomicLong done) {
    double[] since = {-1, 0};
    Await.until(
        Duration.ofSeconds(30),
        "the client has left " + left,
        () -> {
          double forwarded =
              Await.get(() -> rest.metric(left.apiUri(), "holdfast_lock_forwarded_total"));
          if (forwarded != since[0]) {
            since[0] = forwarded;
            since[1] = done.get();
          }
          // It came this way at first: none forwarded is a figure that nobody counts.
          return forwarded > 0 && done.get() - since[1] > 200;
        });
  }

  /** An update of a cluster, node by node: SIGTERM is the orderly way, and nobody notices. */
  @Test
  @Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void noOperationFailsWhileEachNodeInTurnIsStoppedAndStartedAgain() throws Exception {
    String servers =
        cluster.nodes().stream()
            .map(node -> node.apiUri().toString())
            .collect(Collectors.joining(","));
    try (Holdfast holdfast = Holdfast.connect(ClientConfig.of(servers));
        Session session = holdfast.session(Duration.ofSeconds(10));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Hold hold = session.lock("restarts/held").acquire();
      AtomicBoolean over = new AtomicBoolean();
      AtomicLong added = new AtomicLong();
      List<Future<?>> busy = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        String own = "restarts/" + i;
        busy.add(
            threads.submit(() -> {
              while (!over.get()) {
                session.lock(own).acquire().release();
                session.counter("restarts").addAndGet(1);
                added.incrementAndGet();
              }
              return true;
            }));
      }
      try {
        for (LocalNode node : cluster.nodes()) {
          awaitProgress(added);
          node.stop();
          assertThat(node.exitCode()).as("of %s", node).isZero();
          awaitProgress(added);
          node.start().awaitReady(Duration.ofSeconds(40));
        }
        awaitProgress(added);
      } finally {
        over.set(true);
      }
      for (Future<?> one : busy) {
        one.get(20, TimeUnit.SECONDS);
      }

      assertThat(hold.isHeld()).isTrue();
      assertThat(session.counter("restarts").get()).isEqualTo(added.get());
    }
  }

  private static void awaitProgress(AtomicLong done) {
    long before = done.get();
    Await.until(Duration.ofSeconds(30), "the clients go on", () -> done.get() > before + 20);
  }

  @Test
  void releasesEverythingWhenItIsClosed() throws Exception {
    try (Holdfast other = at(cluster.node(2), Encoding.CBOR)) {
      Hold inherited;
      try (Holdfast holdfast = at(cluster.node(0), Encoding.CBOR);
          Session session = holdfast.session()) {
        Hold shared = holdfast.locks().lock("closing/a").acquire();
        Hold own = session.lock("closing/b").acquire();
        assertThat(shared.isHeld() && own.isHeld()).isTrue();
        inherited = other.locks().lock("closing/a").request();
        Await.until(SOON, "a place in the queue", () -> inherited.position() == 1);
      }

      assertThat(inherited.granted().get(3, TimeUnit.SECONDS).isHeld()).isTrue();
      assertThat(other.locks().lock("closing/b").acquire(Duration.ofSeconds(3)).isHeld()).isTrue();
    }
  }
}
