// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.Hold;
import dev.holdfast.client.HoldState;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.Session;
import dev.holdfast.client.SessionState;
import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * When sessions end. All times are from the send of the last keep-alive that was acknowledged, on
 * the monotonic clock of this process, which sends and receives.
 */
@HoldfastCluster
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class SessionExpiryIT {
  private static final Duration TTL = Duration.ofSeconds(3);
  private static final Duration LATEST = TTL.plusSeconds(2);
  private static final Duration WAIT = Duration.ofSeconds(40);

  private final LocalCluster cluster;

  SessionExpiryIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  private URI uri(int node) {
    return cluster.node(node).apiUri();
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  @Test
  void passesALockOnAfterTheTtlOfASessionThatFellSilentOverRest() throws Exception {
    try (LockCalls rest = new LockCalls();
        Holdfast other = Holdfast.connect(uri(1).toString())) {
      // Kept alive through a node that does not host it.
      String session = rest.openSession(uri(0), TTL);
      long token = rest.acquire(uri(2), "silent/rest", session, "h", Duration.ZERO).token();
      Hold next = other.locks().lock("silent/rest").request();
      long sent = System.nanoTime();
      assertThat(rest.keepAlive(uri(2), session).status()).isEqualTo(200);

      assertThat(next.granted().get(WAIT.toMillis(), TimeUnit.MILLISECONDS).token())
          .isGreaterThan(token);

      assertThat(since(sent)).isBetween(TTL, LATEST);
      assertThat(rest.keepAlive(uri(0), session).status()).isEqualTo(404);
    }
  }

  @Test
  void passesALockOnAfterTheTtlOfASessionThatFellSilentOnItsSocket() throws Exception {
    try (RawSocket silent = new RawSocket(uri(0));
        RawSocket waiting = new RawSocket(uri(1));
        LockCalls rest = new LockCalls()) {
      silent.send(new ClientFrame.OpenSession(silent.request(), TTL.toMillis(), 0));
      ServerFrame.SessionOpened opened = silent.next(ServerFrame.SessionOpened.class);
      String lock = "silent/socket";
      silent.send(acquire(silent, opened, lock));
      silent.next(ServerFrame.Granted.class);
      waiting.send(new ClientFrame.OpenSession(waiting.request(), WAIT.toMillis(), 0));
      ServerFrame.SessionOpened other = waiting.next(ServerFrame.SessionOpened.class);
      waiting.send(acquire(waiting, other, lock));
      waiting.next(ServerFrame.Queued.class);

      long sent = System.nanoTime();
      silent.send(new ClientFrame.KeepAlive(silent.request(), opened.session()));
      silent.next(ServerFrame.KeptAlive.class);

      waiting.next(ServerFrame.Granted.class);
      assertThat(since(sent)).isBetween(TTL, LATEST);
      assertThat(silent.next(ServerFrame.SessionEnded.class).session()).isEqualTo(opened.session());
      rest.call(uri(1), "DELETE", "/v1/sessions/" + other.session(), "");
    }
  }

  private static ClientFrame.Acquire acquire(
      RawSocket socket, ServerFrame.SessionOpened session, String lock) {
    return new ClientFrame.Acquire(
        socket.request(),
        session.session(),
        "h",
        lock,
        LockMode.EXCLUSIVE,
        WAIT.toMillis(),
        session.revision());
  }

  @Test
  void endsNoSessionEarlyWhenTheLeaderIsKilled() throws Exception {
    LocalNode leader = cluster.awaitLeader(WAIT);
    URI survivor =
        cluster.nodes().stream().filter(node -> node != leader).findFirst().orElseThrow().apiUri();
    AtomicInteger lost = new AtomicInteger();
    try (LockCalls rest = new LockCalls();
        Holdfast holdfast = Holdfast.connect(String.join(",", texts(cluster.apiUris())));
        Holdfast waiter = Holdfast.connect(survivor.toString())) {
      List<Hold> holds = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        Session session = holdfast.session(Duration.ofSeconds(10));
        session.onChange(state -> {
          if (state == SessionState.LOST) {
            lost.incrementAndGet();
          }
        });
        holds.add(session.lock("survives/" + i).acquire());
      }
      // Hosted by the node that dies, and silent from then on: it ends, but not before its TTL.
      String session = rest.openSession(leader.apiUri(), TTL);
      rest.acquire(survivor, "silent/killed", session, "h", Duration.ZERO);
      Hold next = waiter.locks().lock("silent/killed").request();
      Await.until(WAIT, "a place in the queue", () -> next.position() == 1);
      long sent = System.nanoTime();
      assertThat(rest.keepAlive(survivor, session).status()).isEqualTo(200);

      leader.kill();

      next.granted().get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
      assertThat(since(sent)).isGreaterThan(TTL);
      Await.until(
          WAIT,
          "a TTL after the kill",
          () -> lost.get() > 0 || since(sent).compareTo(Duration.ofSeconds(14)) > 0);
      assertThat(lost).hasValue(0);
      assertThat(holds).allSatisfy(hold -> assertThat(hold.state()).isEqualTo(HoldState.HELD));
      for (int i = 0; i < 30; i++) {
        assertThat(waiter.locks().lock("survives/" + i).tryAcquire()).isEmpty();
      }
    } finally {
      leader.start().awaitReady(WAIT);
    }
  }

  private static List<String> texts(List<URI> uris) {
    return uris.stream().map(URI::toString).toList();
  }
}
