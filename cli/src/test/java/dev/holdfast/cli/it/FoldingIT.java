// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.LockClient;
import dev.holdfast.client.Session;
import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many callers at once: of many locks, of one lock, and more waiters than an entry holds. */
@HoldfastCluster(jvmFlags = "-XX:TieredStopAtLevel=4")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class FoldingIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int CALLERS = 256;
  private static final int SOCKETS = 4;
  private static final int WAITERS = 10_000;
  private static final int SERVED = 300;

  private final LocalCluster cluster;

  FoldingIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  private double count(LockCalls rest, String metric) throws Exception {
    double sum = 0;
    for (LocalNode node : cluster.nodes()) {
      sum += rest.metric(node.apiUri(), metric);
    }
    return sum;
  }

  @Test
  void runsTransitionsOnEveryNode() throws Exception {
    try (LockCalls rest = new LockCalls();
        Holdfast holdfast = Holdfast.connect(cluster.node(0).apiUri().toString())) {
      for (int i = 0; i < 30; i++) {
        holdfast.locks().lock("spread/" + i).acquire(SOON).close();
      }

      for (LocalNode node : cluster.nodes()) {
        assertThat(rest.metric(node.apiUri(), "holdfast_transact_commands_total"))
            .as("commands of %s", node)
            .isPositive();
      }
    }
  }

  @Test
  void commitsMoreThanEightCommandsAtOnceOfManyCallersOfOneLock() throws Exception {
    int rounds = 20;
    List<Holdfast> clients = new ArrayList<>();
    try (LockCalls rest = new LockCalls();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < SOCKETS; i++) {
        clients.add(Holdfast.connect(cluster.node(i % 3).apiUri().toString()));
      }
      List<LockClient> locks =
          clients.stream()
              .map(client -> client.locks().lock("folded").permits(1, CALLERS))
              .toList();
      double commands = -count(rest, "holdfast_transact_commands_total");
      double commits = -count(rest, "holdfast_transact_commits_total");
      List<Future<?>> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        LockClient lock = locks.get(i % SOCKETS);
        callers.add(
            threads.submit(() -> {
              for (int round = 0; round < rounds; round++) {
                Hold hold = lock.acquire();
                hold.releaseAsync().get(SOON.toMillis(), TimeUnit.MILLISECONDS);
              }
              return null;
            }));
      }
      for (Future<?> caller : callers) {
        caller.get(90, TimeUnit.SECONDS);
      }
      commands += count(rest, "holdfast_transact_commands_total");
      commits += count(rest, "holdfast_transact_commits_total");

      System.out.printf("%.0f commands in %.0f commits%n", commands, commits);
      assertThat(commands).isGreaterThanOrEqualTo(2.0 * CALLERS * rounds);
      assertThat(commands / commits).isGreaterThan(8);
    } finally {
      clients.forEach(Holdfast::close);
    }
  }

  @Test
  void servesTenThousandWaitersInOrderAndForgetsThemWithTheirSessions() throws Exception {
    long begun = System.nanoTime();
    List<WaitersSocket> sockets = new ArrayList<>();
    try (LockCalls rest = new LockCalls();
        Holdfast holdfast = Holdfast.connect(cluster.node(0).apiUri().toString());
        Session first = holdfast.session(Duration.ofMinutes(5))) {
      Hold hold = first.lock("crowded").acquire();
      for (int i = 0; i < SOCKETS; i++) {
        sockets.add(new WaitersSocket(cluster.node(i % 3).apiUri(), "crowded"));
      }
      for (int i = 0; i < WAITERS; i++) {
        sockets.get(i % SOCKETS).enqueue("h" + i);
      }
      Await.until(
          Duration.ofSeconds(60),
          () -> "all answered: " + sockets,
          () -> sockets.stream().mapToInt(WaitersSocket::answered).sum() == WAITERS);
      System.out.printf("enqueued after %d ms: %s%n", millis(begun), sockets);
      // What may be sent again was sent again: in the end all were accepted.
      assertThat(sockets).allSatisfy(socket -> assertThat(socket.refusals).isEmpty());

      hold.release();
      Await.until(
          SOON,
          () -> SERVED + " grants: " + sockets,
          () -> sockets.stream().mapToInt(socket -> socket.grants.size()).sum() >= SERVED);
      sockets.forEach(WaitersSocket::stopReleasing);
      System.out.printf("served after %d ms: %s%n", millis(begun), sockets);

      List<WaitersSocket.Grant> grants =
          sockets.stream()
              .flatMap(socket -> socket.grants.values().stream())
              .sorted((a, b) -> Long.compare(a.token(), b.token()))
              .toList();
      assertThat(grants).extracting(WaitersSocket.Grant::place).isSorted().doesNotHaveDuplicates();

      sockets.forEach(WaitersSocket::closeSession);
      URI node = cluster.node(2).apiUri();
      Await.until(
          Duration.ofSeconds(60),
          () ->
              "the lock is free: "
                  + Await.get(() -> rest.call(node, "GET", "/v1/locks/crowded", "")),
          () -> Await.get(() -> isFree(rest, node)));
      System.out.printf("gone after %d ms%n", millis(begun));
      assertThat(cluster.nodes()).allMatch(LocalNode::isReady);
      holdfast.locks().lock("crowded").acquire(SOON).close();
    } finally {
      sockets.forEach(WaitersSocket::close);
    }
  }

  private static long millis(long since) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
  }

  private static boolean isFree(LockCalls rest, URI node) throws Exception {
    LockCalls.Answer view = rest.call(node, "GET", "/v1/locks/crowded", "");
    return view.status() == 404
        || (view.isOk()
            && view.body().contains("\"holders\":[]")
            && view.body().contains("\"waiting\":0"));
  }

  /** One session whose waiters give the lock up as soon as they get it. */
  private static final class WaitersSocket implements AutoCloseable {
    /** A grant, and the place in the queue that its waiter was told when it came. */
    record Grant(long token, long place) {}

    final Map<String, Long> places = new ConcurrentHashMap<>();
    final Map<String, Grant> grants = new ConcurrentHashMap<>();
    final Set<String> refusals = ConcurrentHashMap.newKeySet();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger retries = new AtomicInteger();
    private final CompletableFuture<ServerFrame.SessionOpened> opened = new CompletableFuture<>();
    private final Map<Long, ClientFrame.Acquire> asked = new ConcurrentHashMap<>();
    private final BlockingQueue<ClientFrame> toSend = new LinkedBlockingQueue<>();
    private final String lock;
    private final RawSocket socket;
    private final ServerFrame.SessionOpened session;
    private final Thread sending;

    WaitersSocket(URI node, String lock) throws Exception {
      this.lock = lock;
      this.socket = new RawSocket(node, this::received);
      socket.send(new ClientFrame.OpenSession(socket.request(), 300_000, 0));
      this.session = opened.get(SOON.toMillis(), TimeUnit.MILLISECONDS);
      this.sending = Thread.ofVirtual().start(this::send);
    }

    void enqueue(String holder) {
      ClientFrame.Acquire acquire =
          new ClientFrame.Acquire(
              socket.request(),
              session.session(),
              holder,
              lock,
              LockMode.EXCLUSIVE,
              FrameLimits.WAIT_FOREVER,
              session.revision());
      asked.put(acquire.request(), acquire);
      socket.send(acquire);
    }

    int answered() {
      return places.size() + refused.get();
    }

    private void received(ServerFrame frame) {
      if (frame instanceof ServerFrame.SessionOpened answer) {
        opened.complete(answer);
      } else if (frame instanceof ServerFrame.Queued queued && queued.request() != 0) {
        places.put(queued.holder(), queued.position());
      } else if (frame instanceof ServerFrame.Granted granted) {
        long place = places.getOrDefault(granted.holder(), -1L);
        grants.put(granted.holder(), new Grant(granted.token(), place));
        toSend.add(
            new ClientFrame.Release(
                socket.request(), session.session(), granted.holder(), lock, granted.token()));
      } else if (frame instanceof ServerFrame.Failed failed) {
        ClientFrame.Acquire again = asked.get(failed.request());
        if (again != null && failed.retry()) {
          retries.incrementAndGet();
          toSend.add(again); // The same frame has its effect once, however often it comes.
        } else {
          refused.incrementAndGet();
          refusals.add(failed.code());
        }
      }
    }

    private void send() {
      try {
        while (true) {
          socket.send(toSend.take());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // Told to stop.
      }
    }

    void stopReleasing() {
      sending.interrupt();
    }

    void closeSession() {
      socket.send(new ClientFrame.CloseSession(socket.request(), session.session()));
    }

    @Override
    public void close() {
      sending.interrupt();
      socket.close();
    }

    @Override
    public String toString() {
      return "%d queued, %d granted, %d refused %s, %d retries"
          .formatted(places.size(), grants.size(), refused.get(), refusals, retries.get());
    }
  }
}
