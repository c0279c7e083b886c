// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.Keys;
import dev.holdfast.core.session.SessionCommand;
import dev.holdfast.core.session.SessionHost;
import dev.holdfast.core.session.SessionTransition;
import dev.holdfast.node.InProcessNode;
import dev.holdfast.node.transact.Transactor;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.contract.ForwardingCoordinator;
import dev.holdfast.testkit.memory.CommitFate;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SessionServiceTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration NODE_LEASE = Duration.ofMillis(800);

  private InMemoryCluster memory;
  private Map<String, InProcessNode> nodes;

  @BeforeEach
  void start() {
    memory = InMemoryCluster.realTime(NODE_LEASE);
    nodes = InProcessNode.start(3, memory);
  }

  @AfterEach
  void stop() {
    nodes.values().forEach(InProcessNode::close);
    memory.close();
  }

  @Test
  void hostsASessionAtTheNodeThatCreatedIt() {
    String id = node("n2").sessions.create(Duration.ofSeconds(60)).id();

    assertThat(host(id).node()).isEqualTo("n2");
    assertThat(node("n2").homes.isHome(Keys.session(id))).isTrue();
  }

  @Test
  void keepsASessionAliveThroughAnyNodeBeyondItsTtl() {
    String id = node("n1").sessions.create(Duration.ofSeconds(1)).id();
    long end = System.nanoTime() + Duration.ofMillis(2_500).toNanos();

    while (System.nanoTime() < end) {
      assertThat(node("n3").sessions.keepAlive(id)).isPresent();
      java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }

    assertThat(host(id).node()).isEqualTo("n1");
  }

  @Test
  void endsASilentSessionAfterItsTtlAndNotBefore() {
    long before = System.nanoTime();
    String id = node("n1").sessions.create(Duration.ofSeconds(1)).id();

    awaitGone(id);

    assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(Duration.ofSeconds(1).toNanos());
    assertThat(node("n2").sessions.keepAlive(id)).isEmpty();
  }

  @Test
  void removesTheTraceOfAnEndedSession() {
    String id = node("n1").sessions.create(Duration.ofSeconds(60)).id();

    node("n2").sessions.close(id);

    Await.until(
        LONG,
        "ended/" + id + " is gone",
        () -> !node("n1").coordinator.read(Keys.ended(id), LONG).isPresent());
  }

  @Test
  void adoptsASessionWhenAKeepAliveFindsItsHostDead() {
    String id = node("n1").sessions.create(Duration.ofSeconds(60)).id();

    node("n1").peers.setDown(true);

    assertThat(node("n2").sessions.keepAlive(id)).isPresent();
    assertThat(host(id).node()).isEqualTo("n2");
  }

  /** With a hundred thousand sessions a look at all of them, every second, is half a core. */
  @Test
  void looksAtAllSessionsOnlyWhenAHostHasGone() {
    InProcessNode n1 = node("n1");
    String id = node("n2").sessions.create(Duration.ofSeconds(60)).id();
    AtomicInteger looks = new AtomicInteger();
    Coordinator counting =
        new ForwardingCoordinator(n1.coordinator) {
          @Override
          public Page scanLocal(String prefix, @Nullable EntryKey after, int limit) {
            looks.addAndGet(prefix.equals(Keys.SESSIONS) ? 1 : 0);
            return super.scanLocal(prefix, after, limit);
          }
        };
    try (SessionService sessions = service(n1, counting, 10)) {
      Await.until(
          LONG,
          "it has looked once",
          () -> {
            sessions.adoptOrphans();
            return looks.get() == 1;
          });
      for (int i = 0; i < 20; i++) {
        node("n3").sessions.keepAlive(node("n3").sessions.create(Duration.ofSeconds(60)).id());
        sessions.adoptOrphans();
      }
      assertThat(looks).as("while all hosts live").hasValue(1);

      memory.partition("n2", CommitFate.UNAVAILABLE);
      Await.until(
          LONG,
          id + " has another host",
          () -> {
            node("n1").sessions.adoptOrphans();
            node("n3").sessions.adoptOrphans();
            sessions.adoptOrphans();
            return !host(id).node().equals("n2");
          });
      assertThat(looks).hasValueGreaterThan(1);
      Await.until(
          LONG,
          "nobody looks any more",
          () -> {
            int before = looks.get();
            sessions.adoptOrphans();
            return looks.get() == before;
          });
    }
  }

  @Test
  void hostsWhatNamesItAsItsHostAndWasNeverAnswered() {
    InProcessNode n1 = node("n1");
    SessionHost here = new SessionHost("n1", n1.coordinator.lease().id());
    n1.sessions.adoptOrphans();
    var commands =
        new Transactor<>(new SessionTransition(), n1.coordinator, Meter.NONE, System::nanoTime);

    commands.submit(
        Keys.session("unanswered"),
        new SessionCommand.Create(60_000, here, memory.revision()),
        LONG);

    Await.until(
        LONG,
        "it is hosted",
        () -> {
          n1.sessions.adoptOrphans();
          return n1.hosts.isHosted("unanswered");
        });
  }

  @Test
  void createsNoMoreSessionsThanANodeMayHost() {
    InProcessNode n1 = node("n1");
    try (SessionService sessions = service(n1, n1.coordinator, 2)) {
      String first = sessions.create(Duration.ofSeconds(60)).id();
      sessions.create(Duration.ofSeconds(60));

      assertThatThrownBy(() -> sessions.create(Duration.ofSeconds(60)))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("session.maxPerNode");
      sessions.close(first);
      Await.until(LONG, "there is room", () -> n1.hosts.count() < 2);
      assertThat(sessions.create(Duration.ofSeconds(60)).id()).isNotEmpty();
    }
  }

  private static SessionService service(InProcessNode node, Coordinator coordinator, int most) {
    return new SessionService(
        coordinator,
        node.peers,
        node.homes,
        node.id,
        new Transactor<>(new SessionTransition(), coordinator, Meter.NONE, System::nanoTime),
        node.hosts,
        System::nanoTime,
        new Random(3),
        most);
  }

  @Test
  void theOldHostRefusesToSpeakForASessionThatWasAdopted() {
    String id = node("n1").sessions.create(Duration.ofSeconds(60)).id();
    node("n1").peers.setDown(true);
    node("n2").sessions.keepAlive(id);
    node("n1").peers.setDown(false);

    assertThat(node("n1").sessions.keepAlive(id)).isPresent();

    assertThat(host(id).node()).isEqualTo("n2");
  }

  @Test
  void aHostThatHasClosedASessionKeepsItAliveNoMore() throws Exception {
    String id = node("n1").sessions.create(Duration.ofSeconds(60)).id();
    memory.lag("n1");
    Thread catchingUp =
        Thread.ofVirtual()
            .start(() -> {
              awaitGone(id);
              memory.catchUp("n1");
            });

    node("n1").sessions.close(id);

    assertThat(node("n1").sessions.keepAlive(id)).isEmpty();
    catchingUp.join();
  }

  @Test
  void aHostThatLagsBehindItsLeaseAcknowledgesNothing() {
    String id = node("n1").sessions.create(Duration.ofSeconds(60)).id();
    memory.lag("n1");
    node("n2").peers.setDown(true); // n2 cannot ask n1, so it adopts.
    assertThat(node("n2").sessions.keepAlive(id)).isPresent();
    Await.until(
        LONG,
        "the lease of n1 proves what it has not applied",
        () ->
            node("n1").coordinator.lease().provenRevision()
                > node("n1").coordinator.status().appliedRevision());

    var verdict =
        node("n1")
            .hosts
            .keepAlive(id, node("n1").coordinator.readLocal(Keys.session(id)).observation());

    assertThat(verdict).isInstanceOf(dev.holdfast.core.session.KeepAlive.Refused.class);
  }

  @Test
  void endsASessionWhoseCreationItNeverHeardOf() {
    memory.nextCommit("n1", CommitFate.UNKNOWN_APPLIED);
    assertThatThrownBy(() -> node("n1").sessions.create(Duration.ofSeconds(1)))
        .isInstanceOf(OutcomeUnknownException.class);
    String id =
        node("n1").coordinator.scan(Keys.SESSIONS, null, 10, LONG).entries().stream()
            .map(entry -> Keys.sessionOf(entry.key()).orElseThrow())
            .findFirst()
            .orElseThrow();

    node("n1").sessions.adoptOrphans(); // A chore of every second.

    awaitGone(id);
  }

  @Test
  void adoptsTheSessionsOfANodeWhoseLeaseHasEndedAndExpiresThemLater() {
    String id = node("n1").sessions.create(Duration.ofSeconds(1)).id();
    node("n1").hosts.close(); // Its process is dead: nothing there expires anything.
    memory.partition("n1", CommitFate.UNAVAILABLE);
    long before = System.nanoTime();
    Await.until(
        LONG,
        "the lease of n1 has ended",
        () -> !node("n2").coordinator.read(Keys.lease("n1"), LONG).isPresent());

    Await.until(
        LONG,
        "somebody adopts",
        () -> {
          node("n2").sessions.adoptOrphans();
          node("n3").sessions.adoptOrphans();
          return !host(id).node().equals("n1");
        });
    awaitGone(id);

    assertThat(System.nanoTime() - before)
        .as("a new host grants the TTL and the node lease anew")
        .isGreaterThanOrEqualTo(Duration.ofSeconds(1).plus(NODE_LEASE).toNanos());
  }

  private void awaitGone(String id) {
    Await.until(
        LONG,
        "session " + id + " has ended",
        () -> !node("n2").coordinator.read(Keys.session(id), LONG).isPresent());
  }

  private SessionHost host(String id) {
    EntryKey key = Keys.session(id);
    Entry entry = Objects.requireNonNull(node("n3").coordinator.read(key, LONG).entry());
    return new SessionTransition().decode(entry.value()).host();
  }

  private InProcessNode node(String id) {
    return Objects.requireNonNull(nodes.get(id));
  }
}
