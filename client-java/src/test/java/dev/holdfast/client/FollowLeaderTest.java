// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.protocol.frame.Blob;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.EntryChange;
import dev.holdfast.protocol.frame.EntryItem;
import dev.holdfast.protocol.frame.HandleRef;
import dev.holdfast.protocol.frame.ServerFrame;
import io.undertow.websockets.core.WebSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A busy session goes to the leader's node, and nobody notices; time is moved by hand. */
@Timeout(120)
class FollowLeaderTest {
  private static final Duration TTL = Duration.ofSeconds(30);
  private static final long ENOUGH = 2L * MovePlanner.BUSY_COMMANDS;

  private record Heard(FakeNode node, ClientFrame frame) {}

  private final FakeTime time = new FakeTime();
  private final FakeCluster cluster = new FakeCluster();
  private final FakeNode first = new FakeNode("n1", cluster);
  private final FakeNode leader = new FakeNode("n2", cluster);
  private final List<Heard> heard = new CopyOnWriteArrayList<>();
  private final List<SessionState> told = new CopyOnWriteArrayList<>();
  private final List<HoldState> holdTold = new CopyOnWriteArrayList<>();
  private final AtomicLong names = new AtomicLong();
  private final Holdfast holdfast = Holdfast.connect(ClientConfig.of(first.api()), time);
  private final Session session = holdfast.session(TTL);
  private Hold kept;

  @BeforeEach
  void holdOne() throws InterruptedException {
    cluster.script = this::listen;
    session.onChange(told::add);
    kept = session.lock("kept").acquire();
    kept.onChange(holdTold::add);
  }

  @AfterEach
  void close() {
    holdfast.close();
    first.close();
    leader.close();
  }

  private @Nullable List<ServerFrame> listen(FakeNode node, ClientFrame frame) {
    heard.add(new Heard(node, frame));
    return null;
  }

  private void work() throws InterruptedException {
    for (long i = 0; i < ENOUGH; i++) {
      session.lock("own/" + names.incrementAndGet()).acquire().release();
    }
  }

  private boolean heard(FakeNode node, Predicate<ClientFrame> frame) {
    return heard.stream().anyMatch(one -> one.node() == node && frame.test(one.frame()));
  }

  private static boolean names(ClientFrame frame, String lock) {
    return frame instanceof ClientFrame.ResumeSession resume
        && resume.handles().stream().map(HandleRef::lock).anyMatch(lock::equals);
  }

  private static long open(FakeNode node) {
    return node.channels.stream().filter(WebSocketChannel::isOpen).count();
  }

  private void assertNobodyNoticed() {
    assertThat(told).isEmpty();
    assertThat(holdTold).isEmpty();
    assertThat(session.state()).isEqualTo(SessionState.CONNECTED);
    assertThat(kept.state()).isEqualTo(HoldState.HELD);
  }

  @Test
  void movesUnderLoadWithItsHoldsAndItsPlaceInLine() throws Exception {
    FakeCluster.Claim other = cluster.occupy("busy");
    Hold waiting = session.lock("busy").request();
    Await.until("a place in line", () -> waiting.position() == 1);
    work();
    assertThat(open(leader)).isZero();

    cluster.lead(leader);
    Await.until(
        "it has moved",
        () -> {
          workOn();
          return open(first) == 0;
        });

    assertThat(open(leader)).isEqualTo(1);
    Await.until("its handles are named", () -> heard(leader, f -> names(f, "kept")));
    Await.until("so is its wait", () -> heard(leader, f -> names(f, "busy")));
    assertThat(waiting.state()).isEqualTo(HoldState.PENDING);
    cluster.vacate("busy", other);
    assertThat(waiting.granted().get(10, TimeUnit.SECONDS).isHeld()).isTrue();
    assertNobodyNoticed();
    assertThat(cluster.waitingOrHolding("own/1")).isZero();
    time.advance(Duration.ofSeconds(10));
    Await.until("a keep-alive", () -> heard(leader, ClientFrame.KeepAlive.class::isInstance));
  }

  private void workOn() {
    try {
      work();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatWasAskedOnTheFirstConnectionIsAnsweredThere() throws Exception {
    Set<String> silent = ConcurrentHashMap.newKeySet();
    silent.add("slow");
    List<ClientFrame.Acquire> asked = holdBack(silent);
    Hold slow = session.lock("slow").request();
    Await.until("it is asked", () -> asked.size() == 1);

    cluster.lead(leader);
    Await.until(
        "work goes on at the leader",
        () -> {
          workOn();
          return heard(leader, ClientFrame.Acquire.class::isInstance);
        });
    assertThat(open(first)).isEqualTo(1);
    ClientFrame.Acquire frame = asked.get(0);
    first.send(
        new ServerFrame.Granted(
            frame.request(), frame.session(), frame.holder(), "slow", 9_000, 99_000, ""));

    assertThat(slow.granted().get(10, TimeUnit.SECONDS).token()).isEqualTo(9_000);
    Await.until("the first one is closed", () -> open(first) == 0);
    assertThat(asked).hasSize(1);
    assertThat(told).isEmpty();
  }

  /** The first acquire of each of these locks is not answered. */
  private List<ClientFrame.Acquire> holdBack(Set<String> silent) {
    List<ClientFrame.Acquire> asked = new CopyOnWriteArrayList<>();
    cluster.script =
        (node, frame) -> {
          heard.add(new Heard(node, frame));
          if (frame instanceof ClientFrame.Acquire acquire && acquire.lock().equals("slow")) {
            asked.add(acquire);
            return silent.remove("slow") ? List.of() : null;
          }
          return null;
        };
    return asked;
  }

  @Test
  void leaderThatDiesInTheMiddleOfTheMoveIsLeftForTheFirstConnection() throws Exception {
    Hold slow = moveWhileOneIsUnanswered();

    first.send(new ServerFrame.LeaderAt("", "")); // It would be tried again at once.
    leader.closeWith(1011, "dying");

    Await.until("it is named again", () -> heard(first, f -> names(f, "kept")));
    assertThat(slow.granted().get(10, TimeUnit.SECONDS).isHeld()).isTrue();
    work();
    assertThat(open(first)).isEqualTo(1);
    assertNobodyNoticed();
  }

  @Test
  void firstNodeThatDiesInTheMiddleOfTheMoveIsNotMissed() throws Exception {
    Hold slow = moveWhileOneIsUnanswered();

    first.cut();

    assertThat(slow.granted().get(10, TimeUnit.SECONDS).isHeld()).isTrue();
    Await.until("its handles are named", () -> heard(leader, f -> names(f, "kept")));
    work();
    assertNobodyNoticed();
  }

  @Test
  void questionThatIsNotAnsweredIsAskedAgainAtTheLeader() throws Exception {
    Hold slow = moveWhileOneIsUnanswered();

    time.advance(Relocation.DRAIN);

    assertThat(slow.granted().get(10, TimeUnit.SECONDS).isHeld()).isTrue();
    Await.until("the first one is closed", () -> open(first) == 0);
    assertNobodyNoticed();
  }

  private Hold moveWhileOneIsUnanswered() {
    Set<String> silent = ConcurrentHashMap.newKeySet();
    silent.add("slow");
    List<ClientFrame.Acquire> asked = holdBack(silent);
    Hold slow = session.lock("slow").request();
    Await.until("it is asked", () -> asked.size() == 1);
    cluster.lead(leader);
    Await.until(
        "work goes on at the leader",
        () -> {
          workOn();
          return heard(leader, ClientFrame.Acquire.class::isInstance);
        });
    return slow;
  }

  @Test
  void addressThatLeadsToAnotherClusterIsNotBelievedAndLeftAlone() throws Exception {
    FakeCluster others = new FakeCluster();
    try (FakeNode wrong = new FakeNode("n2", others)) {
      cluster.lead(wrong);
      Await.until(
          "it is tried",
          () -> {
            workOn();
            return resumes(others) == 1;
          });
      Await.until("it is left", () -> open(wrong) == 0);
      work();
      assertThat(resumes(others)).isEqualTo(1);

      time.advance(MovePlanner.MIN_REST);
      Await.until(
          "it is tried again",
          () -> {
            workOn();
            return resumes(others) == 2;
          });

      assertThat(open(first)).isEqualTo(1);
      assertNobodyNoticed();
    }
  }

  /** Such as a node that took an address over: it may say of our session whatever it likes. */
  @Test
  void whatIsSaidBeforeTheProofIsNotBelieved() throws Exception {
    FakeCluster others = new FakeCluster();
    others.script =
        (node, frame) ->
            frame instanceof ClientFrame.ResumeSession resume
                ? List.of(
                    new ServerFrame.Lost(
                        resume.session(), kept.holder(), "kept", kept.token(), "RELEASED", 9_000),
                    new ServerFrame.SessionEnded(0, resume.session(), "SESSION_EXPIRED", 9_000),
                    new ServerFrame.SessionEnded(
                        resume.request(), resume.session(), "SESSION_UNKNOWN", 9_000))
                : null;
    try (FakeNode wrong = new FakeNode("n2", others)) {
      cluster.lead(wrong);
      Await.until(
          "it is tried",
          () -> {
            workOn();
            return resumes(others) == 1;
          });
      Await.until("it is left", () -> open(wrong) == 0);

      work();
      assertThat(open(first)).isEqualTo(1);
      assertNobodyNoticed();
    }
  }

  @Test
  void leaderThatCannotBeReachedIsDoneWithout() throws Exception {
    FakeNode gone = new FakeNode("n3", cluster);
    String api = gone.api();
    gone.close();
    cluster.lead("n3", api);

    work();
    work();

    assertThat(open(first)).isEqualTo(1);
    assertNobodyNoticed();
  }

  private static long resumes(FakeCluster cluster) {
    return cluster.received.stream().filter(ClientFrame.ResumeSession.class::isInstance).count();
  }

  @Test
  void watchGoesOnWithoutALostOrADoubledEvent() throws Exception {
    List<EntryItem> entries = new CopyOnWriteArrayList<>();
    entries.add(new EntryItem("a", 1_001, blob("1")));
    List<Heard> watches = new CopyOnWriteArrayList<>();
    cluster.script =
        (node, frame) -> {
          heard.add(new Heard(node, frame));
          if (frame instanceof ClientFrame.WatchEntries watch) {
            watches.add(new Heard(node, frame));
            return List.of(new ServerFrame.EntriesWatched(watch.request(), watch.watch(), 2_000));
          }
          return frame instanceof ClientFrame.ListEntries list
              ? List.of(new ServerFrame.EntryPage(list.request(), 2_000, entries, false))
              : null;
        };
    List<String> events = new CopyOnWriteArrayList<>();
    try (MapWatch watch =
        session
            .map("m")
            .watch("", event -> events.add(event.key() + " " + event.value().orElse("")))) {
      assertThat(watch.map).isEqualTo("m");
      Await.until("told", () -> events.equals(List.of("a 1")));
      push(first, watches.get(0), new EntryChange("b", 2_001, false, blob("2")));
      Await.until("told", () -> events.size() == 2);
      entries.add(new EntryItem("b", 2_001, blob("2")));
      entries.add(new EntryItem("c", 2_002, blob("3"))); // Nobody was told of it.

      cluster.lead(leader);
      Await.until(
          "it watches at the leader",
          () -> {
            workOn();
            return watches.size() == 2;
          });

      assertThat(watches.get(1).node()).isSameAs(leader);
      Await.until("told", () -> events.size() == 3);
      push(leader, watches.get(1), new EntryChange("c", 2_002, false, blob("3")));
      push(leader, watches.get(1), new EntryChange("d", 2_003, false, blob("4")));
      Await.until("told", () -> events.size() == 4);
      assertThat(events).containsExactly("a 1", "b 2", "c 3", "d 4");
      assertNobodyNoticed();
    }
  }

  private static void push(FakeNode node, Heard watch, EntryChange change) {
    long number = ((ClientFrame.WatchEntries) watch.frame()).watch();
    node.send(new ServerFrame.EntriesChanged(number, List.of(change)));
  }

  private static Blob blob(String text) {
    return Blob.wrap(Codec.TEXT.encode(text));
  }
}
