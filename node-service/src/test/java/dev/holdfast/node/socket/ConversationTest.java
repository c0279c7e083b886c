// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.LockMode.Exclusive;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.core.session.SessionAlias;
import dev.holdfast.node.InProcessNode;
import dev.holdfast.node.election.ElectionService;
import dev.holdfast.node.event.EventHub;
import dev.holdfast.node.http.SocketMemory;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.frame.Blob;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.EntryChange;
import dev.holdfast.protocol.frame.EventDetail;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.HandleRef;
import dev.holdfast.protocol.frame.HandleState;
import dev.holdfast.protocol.frame.HandleState.Standing;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each frame of a client, and what it is told. */
final class ConversationTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final EventHub hub = new EventHub("n1", "t", InstantSource.system());
  private final RecordingChannel client = new RecordingChannel();
  private InMemoryCluster memory;
  private InProcessNode n1;
  private EntryBoard claims;
  private SessionSocket socket;
  private Conversation conversation;
  private long request;

  @BeforeEach
  void connect() {
    memory = InMemoryCluster.realTime();
    n1 = Objects.requireNonNull(InProcessNode.start(1, memory).get("n1"));
    claims = new EntryBoard(n1.coordinator, Keys.CLAIMS, Meter.NONE);
    socket =
        new SessionSocket(
            n1.coordinator,
            n1.cluster,
            n1.homes,
            hub,
            n1.sessions,
            new SessionSocket.Locks(n1.locks, claims),
            new SessionSocket.Maps(n1.maps, n1.fences),
            n1.primitives,
            new ElectionService(n1.coordinator, Meter.NONE, System::nanoTime),
            SocketMemory.standard(),
            Meter.NONE,
            System::nanoTime);
    conversation = new Conversation(socket, client.asFrameChannel());
  }

  @AfterEach
  void disconnect() {
    conversation.onClose(1000, "done");
    socket.close();
    claims.close();
    n1.close();
    memory.close();
  }

  @Test
  void welcomesWithTheNodesOfTheCluster() {
    Await.until(LONG, "n1 is in the map", () -> !n1.cluster.members().isEmpty());

    say(new ClientFrame.Hello("test", 0));

    assertThat(heard(ServerFrame.Welcome.class, 1).getFirst().nodes())
        .extracting("id")
        .containsExactly("n1");
  }

  @Test
  void pushesTheEventsThatWereAskedFor() {
    say(new ClientFrame.SubscribeEvents(next(), "", "leader_elected,node_left"));
    String at = heard(ServerFrame.Event.class, 1).getFirst().id();
    hub.tell("peer_connected", "peer", "n2");
    hub.tell("leader_elected", "leader", "n2", "term", 7L);

    ServerFrame.Event pushed = heard(ServerFrame.Event.class, 2).getLast();
    assertThat(pushed.request()).isZero();
    assertThat(pushed.kind()).isEqualTo("leader_elected");
    assertThat(pushed.details())
        .containsExactly(new EventDetail("leader", "n2"), new EventDetail("term", "7"));
    assertThat(pushed.id()).isNotEqualTo(at);

    say(new ClientFrame.SubscribeEvents(next(), "", ""));
    assertThat(heard(ServerFrame.Failed.class, 1).getFirst().code())
        .isEqualTo("ALREADY_SUBSCRIBED");
  }

  @Test
  void keepsASessionAliveUntilItIsClosed() {
    String session = openSession();

    say(new ClientFrame.KeepAlive(next(), session));
    heard(ServerFrame.KeptAlive.class, 1);
    say(new ClientFrame.CloseSession(next(), session));
    heard(ServerFrame.SessionClosed.class, 1);
    say(new ClientFrame.KeepAlive(next(), session));

    ServerFrame.SessionEnded ended = heard(ServerFrame.SessionEnded.class, 1).getFirst();
    assertThat(ended.request()).isEqualTo(request);
  }

  @Test
  void pushesTheEndOfASessionThatTheClientDidNotClose() {
    String session = openSession();

    n1.sessions.close(session);

    ServerFrame.SessionEnded ended = heard(ServerFrame.SessionEnded.class, 1).getFirst();
    assertThat(ended.session()).isEqualTo(session);
    assertThat(ended.request()).isZero();
  }

  @Test
  void grantsThenQueuesThenPushesTheGrant() {
    String session = openSession();

    acquire(session, "h1", FrameLimits.WAIT_FOREVER);
    ServerFrame.Granted first = heard(ServerFrame.Granted.class, 1).getFirst();
    acquire(session, "h2", FrameLimits.WAIT_FOREVER);
    assertThat(heard(ServerFrame.Queued.class, 1).getFirst().position()).isEqualTo(1);
    say(new ClientFrame.Release(next(), session, "h1", "printer", first.token()));

    ServerFrame.Granted second = heard(ServerFrame.Granted.class, 2).getLast();
    assertThat(second.holder()).isEqualTo("h2");
    assertThat(second.request()).isZero();
    assertThat(second.token()).isGreaterThan(first.token());
    heard(ServerFrame.Released.class, 1);
    assertThat(client.frames(ServerFrame.Lost.class)).isEmpty();
  }

  @Test
  void writesOnceAndPushesTheChangesThatAreWatched() {
    String session = openSession();
    say(new ClientFrame.WatchEntries(next(), 7, "m", "a"));
    heard(ServerFrame.EntriesWatched.class, 1);

    say(put(session, 1, false, ""));
    ServerFrame.EntriesWritten first = heard(ServerFrame.EntriesWritten.class, 1).getFirst();
    say(put(session, 1, true, ""));
    ServerFrame.EntriesWritten again = heard(ServerFrame.EntriesWritten.class, 2).getLast();

    assertThat(again.revision()).isEqualTo(first.revision());
    ServerFrame.EntriesChanged pushed = heard(ServerFrame.EntriesChanged.class, 1).getFirst();
    assertThat(pushed.watch()).isEqualTo(7);
    assertThat(pushed.changes())
        .containsExactly(new EntryChange("a", first.revision(), false, Blob.wrap(new byte[] {1})));
  }

  @Test
  void aRetryOfAFencedWriteGetsItsFirstAnswerAlsoWhenTheLockHasMovedOn() {
    String session = openSession();
    acquire(session, "h1", FrameLimits.WAIT_FOREVER);
    long token = heard(ServerFrame.Granted.class, 1).getFirst().token();
    String fence = "printer;" + token;
    say(put(session, 1, false, fence));
    ServerFrame.EntriesWritten first = heard(ServerFrame.EntriesWritten.class, 1).getFirst();
    say(new ClientFrame.Release(next(), session, "h1", "printer", token));
    heard(ServerFrame.Released.class, 1);

    say(put(session, 1, true, fence));
    ServerFrame.EntriesWritten again = heard(ServerFrame.EntriesWritten.class, 2).getLast();
    say(put(session, 2, true, fence));

    assertThat(again.revision()).isEqualTo(first.revision());
    assertThat(heard(ServerFrame.Failed.class, 1).getFirst().code()).isEqualTo("FENCED");
  }

  private ClientFrame put(String session, long sequence, boolean again, String fence) {
    return new ClientFrame.PutEntry(
        next(),
        session,
        0,
        sequence,
        again,
        "m",
        "a",
        Blob.wrap(new byte[] {1}),
        FrameLimits.ANY_VERSION,
        fence);
  }

  @Test
  void endsAWaitWithLockHeldAndTheWaiterIsGone() {
    String session = openSession();
    acquire(session, "h1", FrameLimits.WAIT_FOREVER);
    heard(ServerFrame.Granted.class, 1);

    acquire(session, "h2", 10);

    ServerFrame.Failed failed = heard(ServerFrame.Failed.class, 1).getFirst();
    assertThat(failed.code()).isEqualTo("LOCK_HELD");
    assertThat(failed.request()).isEqualTo(request);
    assertThat(n1.coordinator.read(Keys.claim(session, "printer", "h2"), LONG).isPresent())
        .isFalse();
  }

  @Test
  void cancelsAWaiter() {
    String session = openSession();
    acquire(session, "h1", FrameLimits.WAIT_FOREVER);
    acquire(session, "h2", FrameLimits.WAIT_FOREVER);
    heard(ServerFrame.Queued.class, 1);

    String waiter = client.frames(ServerFrame.Queued.class).getFirst().holder();
    say(new ClientFrame.Cancel(next(), session, waiter, "printer"));

    assertThat(heard(ServerFrame.Cancelled.class, 1).getFirst().request()).isEqualTo(request);
    assertThat(n1.coordinator.read(Keys.claim(session, "printer", waiter), LONG).isPresent())
        .isFalse();
  }

  @Test
  void tellsAResumedClientWhereItsHandlesStand() {
    String session = openSession();
    acquire(session, "h1", FrameLimits.WAIT_FOREVER);
    long token = heard(ServerFrame.Granted.class, 1).getFirst().token();
    acquire(session, "h2", FrameLimits.WAIT_FOREVER);
    heard(ServerFrame.Queued.class, 1);
    RecordingChannel later = new RecordingChannel();
    Conversation resumed = new Conversation(socket, later.asFrameChannel());

    List<HandleRef> handles = List.of(ref("h1"), ref("h2"), ref("h3"));
    say(resumed, new ClientFrame.ResumeSession(next(), session, 0, handles));

    assertThat(heard(later, ServerFrame.SessionResumed.class, 1).getFirst().handles())
        .containsExactly(
            new HandleState("printer", "h1", Standing.HELD, token, 0),
            new HandleState("printer", "h2", Standing.QUEUED, 0, 1),
            new HandleState("printer", "h3", Standing.ABSENT, 0, 0));
    n1.sessions.close(session);
    assertThat(heard(later, ServerFrame.Lost.class, 1).getFirst().token()).isEqualTo(token);
    resumed.onClose(1000, "done");
  }

  @Test
  void refusesWhatItCannotReadAndStaysOpen() {
    conversation.onBinary("nonsense".getBytes(StandardCharsets.UTF_8));

    assertThat(heard(ServerFrame.Failed.class, 1).getFirst().status()).isEqualTo(400);
    openSession();
  }

  @Test
  void refusesAWaitAndATtlThatAreTooLong() {
    String session = openSession();

    acquire(session, "h1", Duration.ofHours(1).toMillis());
    heard(ServerFrame.Failed.class, 1);
    say(new ClientFrame.OpenSession(next(), Duration.ofDays(30).toMillis(), 0));

    assertThat(heard(ServerFrame.Failed.class, 2))
        .extracting(ServerFrame.Failed::code)
        .containsExactly("BAD_WAIT", "BAD_TTL");
  }

  @Test
  void downgradesAHoldAndRefusesItsOldToken() {
    String session = openSession();
    acquire(session, "h1", FrameLimits.WAIT_FOREVER);
    long token = heard(ServerFrame.Granted.class, 1).getFirst().token();

    say(new ClientFrame.Downgrade(next(), session, "h1", "printer", token));
    Await.until(
        LONG,
        "the answer",
        () -> client.frames(ServerFrame.Granted.class).getLast().request() == request);

    assertThat(client.frames(ServerFrame.Granted.class).getLast().token()).isEqualTo(token + 1);
    assertThat(client.frames(ServerFrame.Lost.class)).isEmpty();
    say(new ClientFrame.Proclaim(next(), session, "h1", "printer", token, 1, "late"));
    assertThat(heard(ServerFrame.Failed.class, 1).getFirst().code()).isEqualTo("FENCED");
  }

  @Test
  void tellsObserversWhoLeadsAndWhatItProclaims() {
    String session = openSession();
    say(new ClientFrame.Observe(next(), "me", "printer", false, memory.revision()));
    heard(ServerFrame.Observed.class, 1);
    assertThat(heard(ServerFrame.Leader.class, 1).getFirst().token()).isZero();

    acquire(session, "north~h1", FrameLimits.WAIT_FOREVER);
    long token = heard(ServerFrame.Granted.class, 1).getFirst().token();
    heard(ServerFrame.Leader.class, 2);
    say(new ClientFrame.Proclaim(next(), session, "north~h1", "printer", token, 1, "here"));
    heard(ServerFrame.Proclaimed.class, 1);
    heard(ServerFrame.Leader.class, 3);
    acquire(session, "south~h2", FrameLimits.WAIT_FOREVER);
    heard(ServerFrame.Queued.class, 1);
    say(new ClientFrame.Release(next(), session, "north~h1", "printer", token));

    List<ServerFrame.Leader> told = heard(ServerFrame.Leader.class, 4);
    assertThat(told).extracting(ServerFrame.Leader::observer).containsOnly("me");
    assertThat(told)
        .extracting(ServerFrame.Leader::holder, ServerFrame.Leader::value)
        .containsExactly(
            tuple("", ""), tuple("north~h1", ""), tuple("north~h1", "here"), tuple("south~h2", ""));
    assertThat(told).extracting(ServerFrame.Leader::revision).isSorted();
    say(new ClientFrame.Unobserve(next(), "me", "printer", false));
    heard(ServerFrame.Unobserved.class, 1);
    n1.sessions.close(session);
    heard(ServerFrame.SessionEnded.class, 1);
    assertThat(client.frames(ServerFrame.Leader.class)).hasSize(4);
  }

  @Test
  void keepsTheLastProclamationOfALeaderWhenAnOlderOneArrivesLate() {
    String session = openSession();
    acquire(session, "h1", FrameLimits.WAIT_FOREVER);
    long token = heard(ServerFrame.Granted.class, 1).getFirst().token();

    say(new ClientFrame.Proclaim(next(), session, "h1", "printer", token, 2, "new"));
    heard(ServerFrame.Proclaimed.class, 1);
    say(new ClientFrame.Proclaim(next(), session, "h1", "printer", token, 1, "old"));

    assertThat(heard(ServerFrame.Proclaimed.class, 2).getLast().sequence()).isEqualTo(2);
    assertThat(
            new ElectionService(n1.coordinator, Meter.NONE, System::nanoTime)
                .leader("printer")
                .reply()
                .value())
        .isEqualTo("new");
  }

  @Test
  void tellsObserversOfAGroupWhoIsInItAndWhoLeaves() {
    String session = openSession();
    String other = n1.sessions.create(LONG).id();
    Owner elsewhere = new Owner(other, "m2~h");
    n1.locks.acquire("~group/w/m2", elsewhere, new Exclusive(), -1, Duration.ZERO, gone -> {});
    n1.locks.acquire(
        "~group/w/deep/m3", new Owner(other, "m3~h"), new Exclusive(), -1, Duration.ZERO, g -> {});

    say(new ClientFrame.Observe(next(), "me", "~group/w/", true, memory.revision()));
    heard(ServerFrame.Observed.class, 1);
    assertThat(heard(ServerFrame.Leader.class, 1).getFirst().lock()).isEqualTo("~group/w/m2");
    say(
        new ClientFrame.Acquire(
            next(), session, "m1~h", "~group/w/m1", LockMode.EXCLUSIVE, 0, memory.revision()));
    assertThat(heard(ServerFrame.Leader.class, 2).getLast().holder()).isEqualTo("m1~h");
    n1.sessions.close(other);

    ServerFrame.Leader left = heard(ServerFrame.Leader.class, 3).getLast();
    assertThat(left.lock()).isEqualTo("~group/w/m2");
    assertThat(left.token()).isZero();
  }

  @Test
  void tellsEverythingAgainWhenItIsAskedAgainAndForgetsNobodyWhoLeft() {
    String other = n1.sessions.create(LONG).id();
    Owner member = new Owner(other, "m~h");
    n1.locks.acquire("~group/w/m", member, new Exclusive(), -1, Duration.ZERO, gone -> {});
    say(new ClientFrame.Observe(next(), "me", "~group/w/", true, memory.revision()));
    heard(ServerFrame.Observed.class, 1);

    say(new ClientFrame.Observe(next(), "me", "~group/w/", true, memory.revision()));
    assertThat(heard(ServerFrame.Observed.class, 2).getLast().request()).isEqualTo(request);
    assertThat(heard(ServerFrame.Leader.class, 2).getLast().holder()).isEqualTo("m~h");
    n1.sessions.close(other);

    assertThat(heard(ServerFrame.Leader.class, 3).getLast().token()).isZero();
  }

  /**
   * Frames run on threads of their own: also one that is overtaken by the end of its connection.
   */
  @Test
  void keepsNothingForAConnectionThatHasEnded() {
    String session = openSession();
    say(new ClientFrame.WatchEntries(next(), 7, "m", ""));
    say(new ClientFrame.Observe(next(), "me", "printer", false, 0));
    acquire(session, "h1", FrameLimits.WAIT_FOREVER);
    heard(ServerFrame.EntriesWatched.class, 1);
    heard(ServerFrame.Observed.class, 1);
    heard(ServerFrame.Granted.class, 1);
    assertThat(n1.mapBoard.watches() + socket.followed() + claims.count()).isEqualTo(4);

    conversation.onClose(1000, "gone");
    assertThat(n1.mapBoard.watches() + socket.followed() + claims.count()).isZero();
    say(new ClientFrame.WatchEntries(next(), 8, "m", ""));
    say(new ClientFrame.Observe(next(), "me", "other", false, 0));
    say(new ClientFrame.Observe(next(), "me", "~group/w/", true, 0));
    say(new ClientFrame.ResumeSession(next(), session, 0, List.of(ref("h1"), ref("h2"))));
    long resumed = request;
    acquire(session, "h3", FrameLimits.WAIT_FOREVER);
    say(new ClientFrame.Downgrade(next(), session, "h4", "printer", 1));

    Await.until(LONG, "all frames were executed", () -> client.pendingBytes() == 0);
    assertThat(client.frames(ServerFrame.SessionResumed.class))
        .extracting(ServerFrame.SessionResumed::request)
        .containsExactly(resumed);
    assertThat(n1.mapBoard.watches()).isZero();
    assertThat(socket.followed()).isZero();
    assertThat(claims.count()).isZero();
  }

  @Test
  void leavesNoTimerOfAWaitThatEndedEarly() {
    String session = openSession();
    int before = timers();
    acquire(session, "h1", FrameLimits.WAIT_FOREVER);
    long token = heard(ServerFrame.Granted.class, 1).getFirst().token();
    for (int i = 2; i <= 4; i++) {
      acquire(session, "h" + i, Duration.ofMinutes(10).toMillis());
      heard(ServerFrame.Queued.class, i - 1);
    }
    assertThat(timers()).isEqualTo(before + 3);

    say(new ClientFrame.Release(next(), session, "h1", "printer", token));
    heard(ServerFrame.Granted.class, 2);
    assertThat(timers()).as("one was granted").isEqualTo(before + 2);
    String waiter = client.frames(ServerFrame.Queued.class).getLast().holder();
    say(new ClientFrame.Cancel(next(), session, waiter, "printer"));
    heard(ServerFrame.Cancelled.class, 1);
    assertThat(timers()).as("one was withdrawn").isEqualTo(before + 1);

    conversation.onClose(1000, "gone");
    assertThat(timers()).as("one has lost its client").isEqualTo(before);
  }

  private int timers() {
    return ((ScheduledThreadPoolExecutor) socket.timer).getQueue().size();
  }

  @Test
  void refusesARevisionThatNobodyHasSeenAtOnce() {
    String session = openSession();

    say(new ClientFrame.ResumeSession(next(), session, Long.MAX_VALUE, List.of()));
    say(new ClientFrame.Observe(next(), "me", "printer", false, Long.MAX_VALUE));

    assertThat(heard(ServerFrame.Failed.class, 2))
        .extracting(ServerFrame.Failed::code, ServerFrame.Failed::retry)
        .containsOnly(tuple("INVALID_VALUE", false));
  }

  @Test
  void waitsForARevisionThatThisNodeHasNotAppliedYet() {
    String session = openSession();
    long newest = memory.revision();

    say(new ClientFrame.ResumeSession(next(), session, newest, List.of()));

    assertThat(heard(ServerFrame.SessionResumed.class, 1).getFirst().revision())
        .isGreaterThanOrEqualTo(newest);
  }

  /** Whatever a client names, the fault is its own: never an error of this node. */
  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "..", "\u0000", "\ud83d", "x y", "ü"})
  void refusesNamesThatAreNoneAsTheClientsFault(String name) {
    List<ClientFrame> frames = new ArrayList<>();
    frames.add(new ClientFrame.KeepAlive(next(), name));
    frames.add(new ClientFrame.CloseSession(next(), name));
    frames.add(new ClientFrame.ResumeSession(next(), name, 0, List.of()));
    frames.add(new ClientFrame.Acquire(next(), name, "h", "printer", LockMode.EXCLUSIVE, 0, 0));
    frames.add(new ClientFrame.Cancel(next(), name, "h", "printer"));
    frames.add(new ClientFrame.Release(next(), name, "h", "printer", 1));
    frames.add(new ClientFrame.Downgrade(next(), name, "h", "printer", 1));
    frames.add(new ClientFrame.Proclaim(next(), name, "h", "printer", 1, 1, ""));
    frames.add(new ClientFrame.AddToCounter(next(), name, 0, 1, false, "c", 1));
    frames.add(new ClientFrame.SetLatch(next(), name, 0, 1, false, "l", 1));
    frames.add(new ClientFrame.ArriveAtBarrier(next(), name, 0, 1, false, "b", "p", 2));
    frames.add(put(name, 1, false, ""));

    int sent = 0;
    for (ClientFrame frame : frames) {
      byte[] bytes;
      try {
        bytes = FrameCodec.CBOR.encode(frame);
      } catch (dev.holdfast.protocol.frame.FrameException e) {
        continue; // Cannot even be written.
      }
      conversation.onBinary(bytes);
      sent++;
    }

    int answers = sent;
    Await.until(LONG, "all are answered", () -> client.frames().size() >= answers);
    assertThat(client.frames(ServerFrame.Failed.class)).noneMatch(failed -> failed.status() >= 500);
  }

  @Test
  void refusesATokenThatNoGrantHas() {
    String session = openSession();

    say(new ClientFrame.Release(next(), session, "h1", "printer", 0));
    say(new ClientFrame.Downgrade(next(), session, "h1", "printer", 0));

    assertThat(heard(ServerFrame.Failed.class, 2))
        .extracting(ServerFrame.Failed::code)
        .containsOnly("INVALID_VALUE");
  }

  @Test
  void sendsItsClientsAwayWhenTheNodeStops() {
    Conversation other = (Conversation) socket.open(client);

    socket.sendAllAway();

    assertThat(client.closedWith()).isEqualTo(1001);
    assertThat(socket.connections()).isEqualTo(1);
    other.onClose(1001, "");
    assertThat(socket.connections()).isZero();
    RecordingChannel late = new RecordingChannel();
    socket.open(late).onClose(1001, "");
    assertThat(late.closedWith()).as("came in meanwhile").isEqualTo(1001);
  }

  /** Whoever knows the id of a session may close it: what everybody sees must not tell it. */
  @Test
  void tellsObserversNoIdOfASession() {
    String session = openSession();
    acquire(session, "h1", FrameLimits.WAIT_FOREVER);
    heard(ServerFrame.Granted.class, 1);

    say(new ClientFrame.Observe(next(), "me", "printer", false, memory.revision()));

    ServerFrame.Leader leader = heard(ServerFrame.Leader.class, 1).getFirst();
    assertThat(leader.session()).isEqualTo(SessionAlias.of(session)).isNotEqualTo(session);
    assertThat(n1.sessions.keepAlive(leader.session())).isEmpty();
  }

  private String openSession() {
    say(new ClientFrame.OpenSession(next(), LONG.toMillis(), memory.revision()));
    return heard(ServerFrame.SessionOpened.class, 1).getFirst().session();
  }

  private void acquire(String session, String holder, long waitMillis) {
    say(
        new ClientFrame.Acquire(
            next(), session, holder, "printer", LockMode.EXCLUSIVE, waitMillis, memory.revision()));
  }

  private static HandleRef ref(String holder) {
    return new HandleRef("printer", holder, LockMode.EXCLUSIVE);
  }

  private long next() {
    return ++request;
  }

  private void say(ClientFrame frame) {
    say(conversation, frame);
  }

  private static void say(Conversation to, ClientFrame frame) {
    to.onBinary(FrameCodec.CBOR.encode(frame));
  }

  private <F extends ServerFrame> List<F> heard(Class<F> kind, int count) {
    return heard(client, kind, count);
  }

  /** Frames of a kind, once there are so many. */
  private static <F extends ServerFrame> List<F> heard(
      RecordingChannel at, Class<F> kind, int count) {
    Await.until(LONG, count + " of " + kind.getSimpleName(), () -> at.frames(kind).size() >= count);
    assertThat(at.frames(kind)).hasSize(count);
    return at.frames(kind);
  }
}
