// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many sessions over few connections: none hears what is another's, all survive a cut. */
@Timeout(60)
class SharedConnectionTest {
  private static final Duration TTL = Duration.ofSeconds(30);
  private static final int SESSIONS = 100;

  private final FakeCluster cluster = new FakeCluster();
  private final FakeNode node = new FakeNode("n1", cluster);
  private final Holdfast holdfast =
      Holdfast.connect(ClientConfig.of(node.api()).withRequestTimeout(Duration.ofSeconds(10)));

  @AfterEach
  void close() {
    holdfast.close();
    node.close();
  }

  private List<Session> open(int count) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<Session>> opening = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        opening.add(threads.submit(() -> holdfast.session(TTL)));
      }
      List<Session> sessions = new ArrayList<>();
      for (Future<Session> one : opening) {
        sessions.add(one.get(40, TimeUnit.SECONDS));
      }
      return sessions;
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void carriesManySessionsAndGivesEachItsOwnGrants() throws Exception {
    List<Session> sessions = open(SESSIONS);
    assertThat(node.channels).hasSizeLessThanOrEqualTo(Connections.UNSHARED + 1);
    List<Hold> holds = new ArrayList<>();
    for (Session session : sessions) {
      holds.add(session.lock("own/" + session.id()).acquire());
    }
    List<CompletableFuture<Void>> turns = new ArrayList<>();
    for (Session session : sessions) {
      turns.add(session.lock("one").request().granted().thenAccept(Hold::release));
    }

    for (CompletableFuture<Void> turn : turns) {
      turn.get(20, TimeUnit.SECONDS);
    }

    assertThat(holds).allMatch(Hold::isHeld);
    assertThat(holds.stream().map(Hold::token)).doesNotHaveDuplicates();
  }

  @Test
  void allSessionsGoOnAfterACutWithTheirTokens() throws Exception {
    List<Session> sessions = open(SESSIONS);
    List<Hold> holds = new ArrayList<>();
    for (Session session : sessions) {
      holds.add(session.lock("own/" + session.id()).acquire());
    }
    List<Long> tokens = holds.stream().map(Hold::token).toList();

    node.cut();

    Await.until(
        "all are resumed",
        () ->
            cluster.received.stream().filter(ClientFrame.ResumeSession.class::isInstance).count()
                    >= SESSIONS
                && sessions.stream().allMatch(one -> one.state() == SessionState.CONNECTED));
    assertThat(holds).allMatch(hold -> hold.state() == HoldState.HELD);
    assertThat(holds.stream().map(Hold::token).toList()).isEqualTo(tokens);
    assertThat(node.channels).hasSizeLessThanOrEqualTo(Connections.UNSHARED + 1);
  }

  /** To look up a name may block: neither what reads frames nor the timers may wait for it. */
  @Test
  void connectionsAreOpenedByThreadsOfTheirOwn() throws Exception {
    Queue<String> threads = new ConcurrentLinkedQueue<>();
    ProxySelector before = ProxySelector.getDefault();
    ProxySelector.setDefault(new Noting(threads));
    try (Holdfast other = Holdfast.connect(node.api())) {
      Session session = other.session(TTL);
      node.cut();
      Await.until("it is called anew", () -> threads.size() >= 2);
      assertThat(session.lock("jobs").acquire().isHeld()).isTrue();
    } finally {
      ProxySelector.setDefault(before);
    }
    assertThat(threads).containsOnly("holdfast-dial");
  }

  /** Asked by the JDK where it looks up names. */
  private static final class Noting extends ProxySelector {
    private final Queue<String> threads;

    Noting(Queue<String> threads) {
      this.threads = threads;
    }

    @Override
    public List<Proxy> select(URI uri) {
      threads.add(Thread.currentThread().getName());
      return List.of(Proxy.NO_PROXY);
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException error) {}
  }

  @Test
  void endOfOneSessionIsNotThatOfTheOthers() throws Exception {
    List<Session> sessions = open(20);
    Session ended = sessions.get(7);

    cluster.push(ended.id(), new ServerFrame.SessionEnded(0, ended.id(), "SESSION_EXPIRED", 9_999));
    sessions.get(8).close();

    Await.until("one is lost", () -> ended.state() == SessionState.LOST);
    assertThat(sessions.stream().filter(one -> !one.state().isFinal())).hasSize(18);
    assertThat(sessions.get(9).lock("jobs").acquire().isHeld()).isTrue();
  }

  @Test
  void placesOfSessionsThatLeftAreTakenByOthers() throws Exception {
    assertThat(holdfast.session(TTL).lock("kept").acquire().isHeld()).isTrue();
    for (int round = 0; round < 5; round++) {
      open(SESSIONS).forEach(Session::close);
    }

    Await.until(
        "few connections are open",
        () ->
            node.channels.stream().filter(channel -> channel.isOpen()).count()
                <= Connections.UNSHARED + 1);
  }

  @Test
  void lastSessionClosesTheConnectionBehindIt() throws Exception {
    List<Session> sessions = open(20);

    sessions.forEach(Session::close);

    Await.until(
        "the connections are closed", () -> node.channels.stream().noneMatch(one -> one.isOpen()));
  }

  @Test
  void requestThatANodeClosesTheConnectionForHarmsOnlyItsOwnSession() throws Exception {
    List<Session> sessions = open(20);
    Hold kept = sessions.get(3).lock("kept").acquire();
    cluster.script =
        (from, frame) -> {
          if (frame instanceof ClientFrame.Acquire acquire && acquire.lock().equals("bad")) {
            from.closeWith(1009, "too large");
            return List.of();
          }
          return null;
        };

    assertThatThrownBy(() -> sessions.get(0).lock("bad").acquire(Duration.ofSeconds(30)))
        .isInstanceOf(RefusedException.class);

    Await.until("kept is held", () -> kept.state() == HoldState.HELD);
    for (Session session : sessions) {
      assertThat(session.lock("fine/" + session.id()).acquire(Duration.ofSeconds(20)).isHeld())
          .isTrue();
    }
  }

  @Test
  void numbersOfRequestsAreUnlikeEachOtherOverAllSessions() throws Exception {
    for (Session session : open(20)) {
      session.lock("own/" + session.id()).acquire();
    }

    List<Long> numbers =
        cluster.received.stream()
            .filter(frame -> Objects.requireNonNull(frame).request() > 0)
            .map(ClientFrame::request)
            .toList();
    assertThat(numbers).doesNotHaveDuplicates();
  }
}
