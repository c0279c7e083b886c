// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.HandleState;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a handle says is true, whatever becomes of the network, the node and the process. */
@Timeout(60)
class HoldTruthTest {
  private static final Duration TTL = Duration.ofSeconds(10);
  private static final Duration STEP = Duration.ofMillis(20);

  private final FakeCluster cluster = new FakeCluster();
  private final FakeNode node = new FakeNode("n1", cluster);
  private final ClientConfig config =
      ClientConfig.of(node.api()).withRequestTimeout(Duration.ofSeconds(10));
  private final FakeTime time = new FakeTime();
  private final Holdfast timed = Holdfast.connect(config, time);
  private final Holdfast holdfast = Holdfast.connect(config);

  @AfterEach
  void close() {
    timed.close();
    holdfast.close();
    node.close();
  }

  static Stream<Arguments> steps() {
    return Stream.of(
            ClientFrame.OpenSession.class,
            ClientFrame.Acquire.class,
            ClientFrame.Cancel.class,
            ClientFrame.Proclaim.class,
            ClientFrame.Downgrade.class,
            ClientFrame.Release.class,
            ClientFrame.CloseSession.class)
        .flatMap(step -> Stream.of(Arguments.of(step, false), Arguments.of(step, true)));
  }

  /** The connection breaks at each request, before the node has read it or before it answers. */
  @ParameterizedTest
  @MethodSource("steps")
  void cutAtAnyStepChangesNothing(Class<? extends ClientFrame> step, boolean done)
      throws Exception {
    AtomicBoolean cut = new AtomicBoolean();
    cluster.script =
        (from, frame) -> {
          if (!step.isInstance(frame) || !cut.compareAndSet(false, true)) {
            return null;
          }
          if (done) {
            cluster.handle(from, lost -> {}, frame);
          }
          from.cut();
          return List.of();
        };

    Session session = holdfast.session(Duration.ofSeconds(20));
    FakeCluster.Claim other = cluster.occupy("busy");
    Hold withdrawn = session.lock("busy").request();
    withdrawn.releaseAsync().get(20, TimeUnit.SECONDS);
    Leadership leadership = session.election("jobs").campaign("north");
    long token = leadership.token();
    leadership.proclaim("here");
    Hold hold = leadership.hold();
    hold.downgrade();
    assertThat(hold.state()).isIn(HoldState.HELD, HoldState.AT_RISK);
    assertThat(hold.isHeld()).isTrue();
    assertThat(hold.token()).isGreaterThan(token);
    assertThat(cluster.holds("jobs", hold)).isTrue();
    hold.releaseAsync().get(20, TimeUnit.SECONDS);
    Hold next = session.lock("jobs").acquire();
    assertThat(next.token()).isGreaterThan(hold.token());
    session.close();

    assertThat(cut).as("the story passes this step").isTrue();
    assertThat(hold.state()).isEqualTo(HoldState.RELEASED);
    assertThat(withdrawn.state()).isEqualTo(HoldState.RELEASED);
    assertThat(next.state()).isEqualTo(HoldState.RELEASED);
    assertThat(cluster.waitingOrHolding("jobs")).isZero();
    cluster.vacate("busy", other);
    assertThat(cluster.waitingOrHolding("busy")).isZero();
  }

  @Test
  void delayedAnswerOfARenewalCountsFromItsSending() {
    Session session = timed.session(TTL);
    cluster.script = (from, frame) -> frame instanceof ClientFrame.KeepAlive ? List.of() : null;
    time.advance(Duration.ofMillis(3_400));
    Await.until("a keep-alive", () -> !frames(ClientFrame.KeepAlive.class).isEmpty());
    ClientFrame.KeepAlive alive = frames(ClientFrame.KeepAlive.class).get(0);

    time.advance(Duration.ofMillis(1_500));
    cluster.push(session.id(), new ServerFrame.KeptAlive(alive.request(), session.id(), 5_000));
    Duration sinceSent = Duration.ofMillis(1_500);

    Await.until("renewed", () -> session.remaining().compareTo(Duration.ofSeconds(6)) > 0);
    assertThat(session.remaining())
        .isLessThanOrEqualTo(TTL.minus(Duration.ofSeconds(1)).minus(sinceSent));
  }

  @Test
  void nodeThatLagsMakesNoFalseLoss() throws InterruptedException {
    Session session = timed.session(TTL);
    Hold hold = session.lock("jobs").acquire();
    AtomicInteger resumes = new AtomicInteger();
    cluster.script =
        (from, frame) -> {
          if (frame instanceof ClientFrame.ResumeSession resume) {
            resumes.incrementAndGet();
            return List.of(
                new ServerFrame.SessionResumed(
                    resume.request(),
                    resume.session(),
                    TTL.toMillis(),
                    1,
                    List.of(
                        new HandleState("jobs", hold.holder(), HandleState.Standing.ABSENT, 0, 0))),
                new ServerFrame.Lost(session.id(), hold.holder(), "jobs", hold.token(), "OLD", 1));
          }
          return null;
        };

    node.cut();
    Await.until("resumed", time, STEP, () -> resumes.get() == 1);
    Await.until("connected", time, STEP, () -> session.state() == SessionState.CONNECTED);

    assertThat(hold.state()).isEqualTo(HoldState.HELD);
  }

  @Test
  void sessionThatIsLostEndsItsWaitsAndLateGrantsChangeNothing() throws Exception {
    cluster.occupy("jobs");
    Session session = holdfast.session(TTL);
    Hold pending = session.lock("jobs").request();
    Await.until("queued", () -> pending.position() == 1);
    String id = session.id();

    cluster.push(id, new ServerFrame.SessionEnded(0, id, "SESSION_EXPIRED", 5_000));
    cluster.push(id, new ServerFrame.Granted(0, id, pending.holder(), "jobs", 99, 6_000, ""));

    assertThatThrownBy(() -> pending.granted().get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(SessionLostException.class);
    assertThat(pending.state()).isEqualTo(HoldState.RELEASED);
    assertThat(pending.isHeld()).isFalse();
    assertThatThrownBy(pending::token).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void pushAfterTheReleaseDoesNotReviveAHold() throws Exception {
    Session session = holdfast.session(TTL);
    Hold hold = session.lock("jobs").acquire();
    String id = session.id();
    hold.releaseAsync().get(20, TimeUnit.SECONDS);

    cluster.push(
        id, new ServerFrame.Granted(0, id, hold.holder(), "jobs", hold.token(), 6_000, ""));
    cluster.push(id, new ServerFrame.Lost(id, hold.holder(), "jobs", hold.token(), "X", 6_001));
    session.lock("another").acquire(); // All of the above has been read before this answer.

    assertThat(hold.state()).isEqualTo(HoldState.RELEASED);
    assertThat(hold.isHeld()).isFalse();
  }

  @Test
  void secondGrantUnderItsNameIsALossAndIsGivenBack() throws Exception {
    Session session = holdfast.session(TTL);
    Hold hold = session.lock("jobs").acquire();
    String id = session.id();

    cluster.push(
        id, new ServerFrame.Granted(0, id, hold.holder(), "jobs", hold.token() + 5, 6_000, ""));

    Await.until("lost", () -> hold.state() == HoldState.LOST);
    Await.until("given back", () -> cluster.waitingOrHolding("jobs") == 0);
  }

  @Test
  void pausedProgramFindsItsElectionItsMultiLockAndItsJavaLockLost() throws Exception {
    Session session = timed.session(TTL);
    Leadership leadership = session.election("primary").campaign("north");
    MultiHold multi = session.multiLock("a", "b").acquire();
    JavaLock lock = session.reentrantLock("java").asJavaLock();
    assertThat(lock.tryLock()).isTrue();

    time.pause(Duration.ofSeconds(60)); // SIGSTOP, SIGCONT: no timer has run yet.

    assertThat(leadership.isLeader()).isFalse();
    assertThatThrownBy(() -> leadership.proclaim("late")).isInstanceOf(LockLostException.class);
    assertThat(multi.isHeld()).isFalse();
    assertThat(multi.state()).isEqualTo(HoldState.LOST);
    assertThat(lock.isHeldByCurrentThread()).isFalse();
    assertThatThrownBy(lock::unlock).isInstanceOf(LockLostException.class);
    assertThat(frames(ClientFrame.Proclaim.class)).isEmpty();
  }

  @Test
  void whatOneThreadAcquiresAnotherReleases() throws Exception {
    Session session = holdfast.session(TTL);
    Hold hold = session.lock("jobs").acquire();

    CompletableFuture.runAsync(hold::release).get(20, TimeUnit.SECONDS);

    assertThat(session.lock("jobs").acquire(Duration.ofSeconds(20)).isHeld()).isTrue();
  }

  private <F extends ClientFrame> List<F> frames(Class<F> kind) {
    return cluster.received.stream().filter(kind::isInstance).map(kind::cast).toList();
  }
}
