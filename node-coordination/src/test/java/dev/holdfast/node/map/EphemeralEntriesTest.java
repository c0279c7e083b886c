// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.core.map.Ephemerals;
import dev.holdfast.core.map.Expiry;
import dev.holdfast.core.map.MapChange;
import dev.holdfast.core.map.MapReply;
import dev.holdfast.core.map.MapWrite;
import dev.holdfast.node.InProcessNode;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.WatchListener;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.contract.ForwardingCoordinator;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On clocks of the test: each node counts on its own. */
class EphemeralEntriesTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Expiry TTL = new Expiry.After(60_000);
  private static final long TTL_NANOS = Duration.ofSeconds(60).toNanos();

  private final Map<String, AtomicLong> clocks = new LinkedHashMap<>();
  private final Map<String, EphemeralEntries> sweepers = new LinkedHashMap<>();
  private final Set<String> limited = new HashSet<>();
  private InMemoryCluster memory;
  private Map<String, InProcessNode> nodes;

  @BeforeEach
  void start() {
    memory = InMemoryCluster.realTime();
    nodes = InProcessNode.start(3, memory);
    nodes.forEach((id, node) -> {
      AtomicLong clock = new AtomicLong();
      clocks.put(id, clock);
      sweepers.put(id, new EphemeralEntries(node.coordinator, node.homes, clock::get));
    });
  }

  @AfterEach
  void stop() {
    sweepers.values().forEach(EphemeralEntries::close);
    nodes.values().forEach(InProcessNode::close);
    memory.close();
  }

  @Test
  void theHomeDeletesAnEntryWhoseTimeIsOverAndNotBefore() {
    write("a", TTL);
    String home = home("a");
    setClock(home, TTL_NANOS - 1);
    sweep(home);
    assertThat(isPresent("a")).isTrue();

    setClock(home, TTL_NANOS);

    sweepUntilGone("a", home);
    Await.until(LONG, "it is forgotten", () -> sweeper(home).count() == 0);
  }

  @Test
  void anotherNodeDeletesItWhenTheHomeIsGone() {
    write("a", TTL);
    String home = home("a");
    sweeper(home).close();
    String other = nodes.keySet().stream().filter(id -> !id.equals(home)).findFirst().orElseThrow();
    setClock(other, TTL_NANOS);
    sweep(other);
    assertThat(isPresent("a")).isTrue();

    setClock(other, TTL_NANOS + Ephemerals.GRACE.toNanos());

    sweepUntilGone("a", other);
  }

  @Test
  void aNodeThatCameLaterCountsInFull() {
    write("a", TTL);
    InProcessNode home = node(home("a"));
    AtomicLong clock = new AtomicLong(TTL_NANOS * 10);
    try (EphemeralEntries late = new EphemeralEntries(home.coordinator, home.homes, clock::get)) {
      Await.until(LONG, "it sees the entry", () -> late.count() == 1);
      clock.addAndGet(TTL_NANOS - 1);
      late.run();
      assertThat(isPresent("a")).isTrue();

      clock.addAndGet(1);

      Await.until(
          LONG,
          "a is deleted",
          () -> {
            late.run();
            return !isPresent("a");
          });
    }
  }

  @Test
  void aPlainWriteMakesTheEntryStay() {
    String session = node("n1").sessions.create(LONG).id();
    write("a", TTL);
    write("b", new Expiry.WithSession(session));
    write("a", Expiry.NEVER);
    write("b", Expiry.NEVER);
    write("c", new Expiry.WithSession(session));
    node("n1").sessions.close(session);
    clocks.values().forEach(clock -> clock.set(10 * TTL_NANOS));

    sweepUntilGone("c", home("c"));

    nodes.keySet().forEach(this::sweep);
    assertThat(isPresent("a")).isTrue();
    assertThat(isPresent("b")).isTrue();
  }

  @Test
  void anEntryEndsWithTheSessionThatItIsBoundTo() {
    String session = node("n1").sessions.create(LONG).id();
    String other = node("n2").sessions.create(LONG).id();
    write("a", new Expiry.WithSession(session));
    write("b", new Expiry.WithSession(other));
    clocks.values().forEach(clock -> clock.set(10 * TTL_NANOS));
    nodes.keySet().forEach(this::sweep);
    assertThat(isPresent("a")).isTrue();

    node("n2").sessions.close(session);

    sweepUntilGone("a", home("a"));
    assertThat(isPresent("b")).isTrue();
  }

  @Test
  void anEntryWhoseSessionEndedWhileNobodyLookedIsFoundByTheNextWhoLooks() {
    String session = node("n1").sessions.create(LONG).id();
    write("a", new Expiry.WithSession(session));
    sweepers.values().forEach(EphemeralEntries::close);
    node("n1").sessions.close(session);
    node("n1").ended.run();
    InProcessNode home = node(home("a"));
    Await.until(
        LONG,
        "the end is applied and its trace is gone",
        () ->
            !home.coordinator.readLocal(Keys.session(session)).observation().isPresent()
                && !home.coordinator.readLocal(Keys.ended(session)).observation().isPresent());

    Coordinator withoutNewsOfEnds =
        new ForwardingCoordinator(home.coordinator) {
          @Override
          public Watch watch(String prefix, WatchListener listener) {
            return prefix.equals(Keys.ENDED) ? () -> {} : super.watch(prefix, listener);
          }
        };

    try (EphemeralEntries late = new EphemeralEntries(withoutNewsOfEnds, home.homes, () -> 0)) {
      Await.until(
          LONG,
          "a is deleted",
          () -> {
            late.run();
            return !isPresent("a");
          });
    }
  }

  @Test
  void nothingIsBoundToASessionThatHasEnded() {
    String session = node("n1").sessions.create(LONG).id();
    node("n1").sessions.close(session);

    assertThat(write("a", new Expiry.WithSession(session)).reply())
        .isInstanceOf(MapReply.SessionGone.class);

    assertThat(isPresent("a")).isFalse();
  }

  @Test
  void aWriteThatComesBeforeTheDeletionStays() {
    write("a", TTL);
    CountDownLatch deleted = new CountDownLatch(1);
    Coordinator overtaken =
        new ForwardingCoordinator(node(home("a")).coordinator) {
          @Override
          public CommitResult commit(Transaction transaction, Duration timeout) {
            write("a", Expiry.NEVER);
            CommitResult result = super.commit(transaction, timeout);
            deleted.countDown();
            return result;
          }
        };
    AtomicLong clock = new AtomicLong();
    try (EphemeralEntries late =
        new EphemeralEntries(overtaken, node(home("a")).homes, clock::get)) {
      Await.until(LONG, "it sees the entry", () -> late.count() == 1);
      clock.set(TTL_NANOS);
      late.run();
      Await.until(LONG, "it has tried", () -> deleted.getCount() == 0);

      assertThat(isPresent("a")).isTrue();
      Await.until(LONG, "it has nothing more to do", () -> late.count() == 0);
    }
  }

  /** As on a backend whose node learns of keys one by one. */
  @Test
  void aNodeThatHasNotHeardOfTheSessionYetDeletesNothing() {
    String session = node("n1").sessions.create(LONG).id();
    write("a", new Expiry.WithSession(session));
    CountDownLatch tried = new CountDownLatch(1);
    AtomicBoolean blind = new AtomicBoolean(true);
    Coordinator behind =
        new ForwardingCoordinator(node(home("a")).coordinator) {
          @Override
          public LocalObservation readLocal(EntryKey key) {
            return blind.get() && key.equals(Keys.session(session))
                ? new LocalObservation(new Observation(key, null, 0, 0), 0)
                : super.readLocal(key);
          }

          @Override
          public CommitResult commit(Transaction transaction, Duration timeout) {
            CommitResult result = super.commit(transaction, timeout);
            tried.countDown();
            return result;
          }
        };
    AtomicLong clock = new AtomicLong();
    try (EphemeralEntries sweeper =
        new EphemeralEntries(behind, node(home("a")).homes, clock::get)) {
      Await.until(
          LONG,
          "it has tried",
          () -> {
            sweeper.run();
            return tried.getCount() == 0;
          });
      assertThat(isPresent("a")).isTrue();

      blind.set(false);
      clock.addAndGet(Ephemerals.GRACE.toNanos());
      sweeper.run();
      assertThat(isPresent("a")).isTrue();
      node("n1").sessions.close(session);
      Await.until(
          LONG,
          "a is deleted",
          () -> {
            sweeper.run();
            return !isPresent("a");
          });
    }
  }

  private void sweepUntilGone(String key, String id) {
    Await.until(
        LONG,
        key + " is deleted",
        () -> {
          sweeper(id).run();
          return !isPresent(key);
        });
    limited.remove(key);
  }

  private void sweep(String id) {
    Await.until(LONG, id + " knows what is there", () -> sweeper(id).count() == limited.size());
    sweeper(id).run();
  }

  private MapOutcome write(String key, Expiry expiry) {
    MapOutcome outcome =
        node("n2")
            .maps
            .write(
                new MapWrite(
                    null,
                    List.of(MapChange.put("m", key, new byte[] {1}, MapChange.ANY, expiry)),
                    null),
                null)
            .join();
    if (outcome.reply() instanceof MapReply.Written) {
      boolean _ = expiry.equals(Expiry.NEVER) ? limited.remove(key) : limited.add(key);
      // Before a test moves a clock, each node has begun to count.
      sweepers.forEach((id, sweeper) ->
          Await.until(LONG, id + " knows " + key, () -> sweeper.count() == limited.size()));
    }
    return outcome;
  }

  private boolean isPresent(String key) {
    return node("n3").maps.read("m", key).isPresent();
  }

  private String home(String key) {
    return node("n1").homes.homeOf(Keys.mapEntry("m", key));
  }

  private void setClock(String id, long nanos) {
    Objects.requireNonNull(clocks.get(id)).set(nanos);
  }

  private EphemeralEntries sweeper(String id) {
    return Objects.requireNonNull(sweepers.get(id));
  }

  private InProcessNode node(String id) {
    return Objects.requireNonNull(nodes.get(id));
  }
}
