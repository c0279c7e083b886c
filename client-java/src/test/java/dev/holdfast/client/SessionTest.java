// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A session against nodes that die, are silent, or lie; time is moved by hand. */
class SessionTest {
  private static final Duration TTL = Duration.ofSeconds(10);
  private static final Duration STEP = Duration.ofMillis(20);

  private final FakeTime time = new FakeTime();
  private final FakeCluster cluster = new FakeCluster();
  private FakeNode first = new FakeNode("n1", cluster);
  private final FakeNode second = new FakeNode("n2", cluster);
  private Holdfast holdfast = connect(Encoding.CBOR, first.api() + "," + second.api());

  private Holdfast connect(Encoding encoding, String servers) {
    return Holdfast.connect(
        ClientConfig.of(servers).withEncoding(encoding).withRequestTimeout(Duration.ofSeconds(5)),
        time);
  }

  @BeforeEach
  void nothingWasSentYet() {
    assertThat(cluster.received).isEmpty();
  }

  @AfterEach
  void close() {
    holdfast.close();
    first.close();
    second.close();
  }

  @Test
  void keepsAliveAThirdOfTheTtlAfterTheLastRenewalWasSent() {
    Session session = holdfast.session(TTL);

    time.advance(Duration.ofMillis(3_300));
    assertThat(keepAlives()).isZero();
    time.advance(Duration.ofMillis(100));
    Await.until("the first keep-alive", () -> keepAlives() == 1);
    Await.until("its answer", () -> session.remaining().compareTo(Duration.ofMillis(8_900)) > 0);

    assertThat(session.state()).isEqualTo(SessionState.CONNECTED);
  }

  @Test
  void resumesOnTheOtherNodeAndKeepsTheToken() throws InterruptedException {
    Session session = holdfast.session(TTL);
    Hold hold = session.lock("jobs").acquire();
    long token = hold.token();
    List<HoldState> told = new CopyOnWriteArrayList<>();
    hold.onChange(told::add);

    first.close();
    second.cut();
    Await.until("at risk", () -> hold.state() == HoldState.AT_RISK);
    assertThat(session.state()).isEqualTo(SessionState.SUSPENDED);
    assertThat(hold.isHeld()).isTrue();
    Await.until("held again", time, STEP, () -> hold.state() == HoldState.HELD);

    assertThat(hold.token()).isEqualTo(token);
    assertThat(session.state()).isEqualTo(SessionState.CONNECTED);
    assertThat(resumes())
        .last()
        .satisfies(resume -> {
          assertThat(resume.session()).isEqualTo(session.id());
          assertThat(resume.handles()).singleElement().matches(h -> h.lock().equals("jobs"));
          assertThat(resume.lastSeen()).isGreaterThanOrEqualTo(1_000);
        });
    Await.until("both told", () -> told.size() == 2);
    assertThat(told).containsExactly(HoldState.AT_RISK, HoldState.HELD);
  }

  @Test
  void isLostAtItsDeadlineBeforeAnybodyElseCanHaveTheLock() throws InterruptedException {
    Session session = holdfast.session(TTL);
    Hold hold = session.lock("jobs").acquire();
    List<HoldState> told = new CopyOnWriteArrayList<>();
    hold.onChange(told::add);
    first.close();
    second.close();
    Await.until("at risk", () -> hold.state() == HoldState.AT_RISK);

    time.advance(Duration.ofMillis(8_990));
    assertThat(hold.isHeld()).isTrue();
    time.advance(Duration.ofMillis(10));

    assertThat(hold.isHeld()).isFalse();
    assertThat(hold.state()).isEqualTo(HoldState.LOST);
    assertThat(session.state()).isEqualTo(SessionState.LOST);
    assertThat(hold.remaining()).isZero();
    assertThatThrownBy(hold::check).isInstanceOf(LockLostException.class);
    Await.until("told", () -> told.equals(List.of(HoldState.AT_RISK, HoldState.LOST)));
  }

  @Test
  void pausedProgramLearnsTheLossBeforeItActs() throws InterruptedException {
    Session session = holdfast.session(TTL);
    Hold hold = session.lock("jobs").acquire();

    time.pause(Duration.ofSeconds(60)); // SIGSTOP, SIGCONT: no timer has run yet.

    assertThat(hold.isHeld()).isFalse();
    assertThatThrownBy(hold::check).isInstanceOf(LockLostException.class);
    assertThat(session.state()).isEqualTo(SessionState.LOST);
  }

  @Test
  void lateAcknowledgementDoesNotReviveIt() {
    Session session = holdfast.session(TTL);
    cluster.script = (node, frame) -> frame instanceof ClientFrame.KeepAlive ? List.of() : null;
    time.advance(Duration.ofMillis(3_400));
    Await.until("a keep-alive", () -> keepAlives() == 1);
    ClientFrame.KeepAlive alive =
        (ClientFrame.KeepAlive)
            cluster.received.stream()
                .filter(ClientFrame.KeepAlive.class::isInstance)
                .findFirst()
                .orElseThrow();

    time.pause(Duration.ofSeconds(30));
    cluster.push(session.id(), new ServerFrame.KeptAlive(alive.request(), session.id(), 5_000));

    Await.until("lost", () -> session.state() == SessionState.LOST);
    assertThat(session.remaining()).isZero();
  }

  @Test
  void silentNodeIsLeftForAnother() throws InterruptedException {
    Session session = holdfast.session(TTL);
    Hold hold = session.lock("jobs").acquire();
    FakeNode silent = first.channels.isEmpty() ? second : first;
    // The other one answers only when it was seen what the silence means.
    cluster.script = (node, frame) -> List.of();

    time.advance(Duration.ofMillis(3_400));
    assertThat(session.state()).isEqualTo(SessionState.CONNECTED);
    time.advance(Duration.ofMillis(1_700));
    assertThat(hold.state()).isEqualTo(HoldState.AT_RISK);
    cluster.script = (node, frame) -> node == silent ? List.of() : null;

    Await.until("resumed", time, STEP, () -> session.state() == SessionState.CONNECTED);
    assertThat(hold.state()).isEqualTo(HoldState.HELD);
    assertThat(session.remaining()).isGreaterThan(Duration.ofSeconds(8));
  }

  @Test
  void keepAliveThatTheNodeMayNotAcknowledgeGoesToAnotherNode() {
    Session session = holdfast.session(TTL);
    FakeNode deposed = first.channels.isEmpty() ? second : first;
    cluster.script =
        (node, frame) ->
            node == deposed && frame instanceof ClientFrame.KeepAlive
                ? List.of(
                    new ServerFrame.Failed(
                        frame.request(), 503, "LEASE_UNSURE", "no lease", "another node", true))
                : null;

    time.advance(Duration.ofMillis(3_400));
    Await.until("resumed", time, STEP, () -> !resumes().isEmpty());
    Await.until("connected", time, STEP, () -> session.state() == SessionState.CONNECTED);
  }

  @Test
  void sessionThatTheClusterEndedIsLostAtOnce() throws InterruptedException {
    Session session = holdfast.session(TTL);
    Hold hold = session.lock("jobs").acquire();

    cluster.push(
        session.id(), new ServerFrame.SessionEnded(0, session.id(), "SESSION_EXPIRED", 9_999));

    Await.until("lost", () -> session.state() == SessionState.LOST);
    assertThat(hold.state()).isEqualTo(HoldState.LOST);
    assertThatThrownBy(() -> session.lock("jobs").acquire())
        .isInstanceOf(SessionLostException.class)
        .matches(e -> !((HoldfastException) e).mayRetry());
  }

  @Test
  void unknownSessionAfterARestartOfTheClusterIsADefiniteLoss() {
    Session session = holdfast.session(TTL);
    cluster.script =
        (node, frame) ->
            frame instanceof ClientFrame.ResumeSession resume
                ? List.of(
                    new ServerFrame.SessionEnded(
                        resume.request(), resume.session(), "SESSION_UNKNOWN", 9_999))
                : null;

    first.cut();
    second.cut();

    Await.until("lost", time, STEP, () -> session.state() == SessionState.LOST);
    assertThat(session.remaining()).isZero();
  }

  @Test
  void closeReleasesEverything() throws InterruptedException {
    Session session = holdfast.session(TTL);
    Hold held = session.lock("jobs").acquire();
    FakeCluster.Claim other = cluster.occupy("busy");
    Hold pending = session.lock("busy").request();

    session.close();

    assertThat(session.state()).isEqualTo(SessionState.CLOSED);
    assertThat(held.state()).isEqualTo(HoldState.RELEASED);
    assertThat(pending.state()).isEqualTo(HoldState.RELEASED);
    assertThat(pending.granted).isCompletedExceptionally();
    assertThat(cluster.waitingOrHolding("jobs")).isZero();
    cluster.vacate("busy", other);
    assertThat(cluster.waitingOrHolding("busy")).isZero();
  }

  @Test
  void namesTheLastFailureWhenNoNodeAnswers() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (Holdfast nobody =
        Holdfast.connect(
            ClientConfig.of("http://127.0.0.1:" + port)
                .withRequestTimeout(Duration.ofSeconds(3)))) {

      assertThatThrownBy(nobody::session)
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("connection refused")
          .matches(e -> ((HoldfastException) e).mayRetry());
    }
  }

  @Test
  void nodeWithoutTheSubprotocolIsNamed() {
    try (FakeNode old = new FakeNode("old", new FakeCluster(), Set.of("holdfast.v0"));
        Holdfast client = connect(Encoding.CBOR, old.api())) {

      assertThatThrownBy(client::session)
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.code()).isEqualTo("SUBPROTOCOL_UNKNOWN"))
          .hasMessageContaining(old.api());
    }
  }

  @Test
  void refusedSessionIsNotTriedAgain() {
    cluster.script =
        (node, frame) ->
            frame instanceof ClientFrame.OpenSession
                ? List.of(
                    new ServerFrame.Failed(
                        frame.request(), 400, "TTL_OUT_OF_RANGE", "1 s to 24 h", "change", false))
                : null;

    assertThatThrownBy(() -> holdfast.session(TTL))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> {
              assertThat(e.code()).isEqualTo("TTL_OUT_OF_RANGE");
              assertThat(e.next()).isEqualTo("change");
            });
    assertThat(cluster.received).filteredOn(ClientFrame.OpenSession.class::isInstance).hasSize(1);
  }

  @Test
  void speaksJsonAsWell() throws InterruptedException {
    try (Holdfast json = connect(Encoding.JSON, first.api());
        Session session = json.session(TTL);
        Hold hold = session.lock("zähler/ü").acquire()) {

      assertThat(hold.isHeld()).isTrue();
      assertThat(cluster.holds("zähler/ü", hold)).isTrue();
    }
  }

  @Test
  void learnsTheOtherNodesFromTheFirst() {
    try (Holdfast one = connect(Encoding.CBOR, first.api());
        Session session = one.session(TTL)) {
      first.close();

      Await.until("resumed", time, STEP, () -> !resumes().isEmpty());
      Await.until("connected", time, STEP, () -> session.state() == SessionState.CONNECTED);
    }
  }

  @Test
  void resumesInPagesWhenItHasManyHolds() throws InterruptedException {
    Session session = holdfast.session(TTL);
    for (int i = 0; i < 150; i++) {
      session.lock("l" + i).acquire();
    }

    first.cut();
    second.cut();

    Await.until("three pages", time, STEP, () -> resumes().size() >= 3);
    Await.until("connected", time, STEP, () -> session.state() == SessionState.CONNECTED);
    assertThat(resumes().stream().mapToInt(resume -> resume.handles().size()).sum()).isEqualTo(150);
    assertThat(session.lock("l0").tryAcquire()).isEmpty();
  }

  @Test
  void locksShareASessionAndOpenAnotherWhenItIsLost() throws InterruptedException {
    Hold hold = holdfast.locks().lock("jobs").acquire();
    Session session = holdfast.locks().session();
    assertThat(holdfast.locks().session()).isSameAs(session);

    cluster.push(
        session.id(), new ServerFrame.SessionEnded(0, session.id(), "SESSION_EXPIRED", 9_999));
    Await.until("lost", () -> hold.state() == HoldState.LOST);

    assertThat(holdfast.locks().session()).isNotSameAs(session);
  }

  private long keepAlives() {
    return cluster.received.stream().filter(ClientFrame.KeepAlive.class::isInstance).count();
  }

  private List<ClientFrame.ResumeSession> resumes() {
    return cluster.received.stream()
        .filter(ClientFrame.ResumeSession.class::isInstance)
        .map(ClientFrame.ResumeSession.class::cast)
        .toList();
  }
}
