// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.core.map.MapChange;
import dev.holdfast.core.map.MapReply;
import dev.holdfast.core.map.MapValue;
import dev.holdfast.core.map.MapWrite;
import dev.holdfast.core.operation.Operation;
import dev.holdfast.node.InProcessNode;
import dev.holdfast.node.fence.FenceProblems;
import dev.holdfast.node.transact.SlotMemory;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MapServiceTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private InMemoryCluster memory;
  private Map<String, InProcessNode> nodes;

  @BeforeEach
  void start() {
    memory = InMemoryCluster.realTime();
    nodes = InProcessNode.start(3, memory);
  }

  @AfterEach
  void stop() {
    nodes.values().forEach(InProcessNode::close);
    memory.close();
  }

  /** Frames of a connection run at the same time: the end of a watch may come before its begin. */
  @Test
  void aWatchThatEndedBeforeItBeganIsNotKept() {
    MapSubscription watch = node("n1").maps.watch("m", "", () -> {});
    watch.close();
    watch.open();

    assertThat(node("n1").mapBoard.watches()).isZero();
  }

  @Test
  void readsThroughAnyNodeWhatWasWrittenThroughAnother() {
    MapOutcome written = write("n1", null, put("a", "1", MapChange.ANY));

    assertThat(written.reply()).isInstanceOf(MapReply.Written.class);
    assertThat(value("n3", "a")).isEqualTo("1");
    assertThat(Objects.requireNonNull(node("n2").maps.read("m", "a").entry()).version())
        .isEqualTo(written.revision());
  }

  @Test
  void aRetryThroughAnotherNodeHasItsEffectOnceAndGetsTheFirstAnswer() {
    String session = newSession();
    MapOutcome first = write("n1", operation(session, 1, false), put("a", "1", MapChange.ANY));
    MapOutcome other = write("n2", null, put("a", "2", MapChange.ANY));

    MapOutcome retried = write("n3", operation(session, 1, true), put("a", "1", MapChange.ANY));

    assertThat(retried).isEqualTo(first);
    assertThat(other.revision()).isGreaterThan(first.revision());
    assertThat(value("n1", "a")).isEqualTo("2");
  }

  @Test
  void aDuplicateThatIsLaterThanTheNextOperationOfItsSlotNeverActs() {
    String session = newSession();
    write("n1", operation(session, 1, false), put("a", "1", MapChange.ANY));
    write("n1", operation(session, 2, false), put("a", "2", MapChange.ANY));

    MapOutcome late = write("n2", operation(session, 1, true), put("a", "1", MapChange.ANY));

    assertThat(late.reply()).isInstanceOf(MapReply.Overtaken.class);
    assertThat(value("n3", "a")).isEqualTo("2");
  }

  @Test
  void ofTwoCopiesAtTheSameTimeOneActs() {
    String session = newSession();
    write("n1", null, put("a", "0", MapChange.ANY));
    for (int round = 1; round <= 100; round++) {
      long sequence = round;
      List<CompletableFuture<MapOutcome>> copies = new ArrayList<>();
      for (String id : List.of("n1", "n2", "n3")) {
        copies.add(
            CompletableFuture.supplyAsync(
                () -> write(id, operation(session, sequence, true), put("a", "x", MapChange.ANY))));
      }
      List<MapOutcome> outcomes = copies.stream().map(CompletableFuture::join).toList();

      assertThat(outcomes).as("round %s", round).containsOnly(outcomes.getFirst());
      assertThat(outcomes.getFirst().reply()).isInstanceOf(MapReply.Written.class);
    }
  }

  @Test
  void aNodeThatDoesNotKnowTheSlotYetIsCorrectedByTheCommit() {
    String session = newSession();
    SlotMemory stale = staleMemory(session);
    MapOutcome first = write("n1", operation(session, 1, false), put("a", "1", MapChange.ANY));
    write("n1", null, put("a", "2", MapChange.ANY));

    MapOutcome late = duplicate(node("n2").coordinator, session, stale);

    assertThat(late).isEqualTo(first);
    assertThat(value("n3", "a")).isEqualTo("2");
  }

  /** What the tests above would see if the slot were no condition: the check can fail. */
  @Test
  void withoutTheConditionOnItsSlotADuplicateWouldActTwice() {
    String session = newSession();
    SlotMemory stale = staleMemory(session);
    MapOutcome first = write("n1", operation(session, 1, false), put("a", "1", MapChange.ANY));
    write("n1", null, put("a", "2", MapChange.ANY));

    MapOutcome late = duplicate(withoutSlotConditions(node("n2").coordinator), session, stale);

    assertThat(late).isNotEqualTo(first);
    assertThat(value("n3", "a")).isEqualTo("1");
  }

  private SlotMemory staleMemory(String session) {
    SlotMemory memory = new SlotMemory(node("n2").coordinator);
    memory.learn(node("n2").coordinator.readLocal(Keys.operation(session, 0)).observation());
    return memory;
  }

  private MapOutcome duplicate(Coordinator coordinator, String session, SlotMemory slots) {
    return new MapService(coordinator, node("n2").mapBoard, InProcessNode.MAP_STATE_BYTES_MAX)
        .write(
            new MapWrite(operation(session, 1, true), List.of(put("a", "1", MapChange.ANY)), null),
            slots)
        .join();
  }

  private static Coordinator withoutSlotConditions(Coordinator inner) {
    return (Coordinator)
        Proxy.newProxyInstance(
            Coordinator.class.getClassLoader(),
            new Class<?>[] {Coordinator.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("commitAsync")) {
                Transaction whole = (Transaction) arguments[0];
                return inner.commitAsync(
                    new Transaction(
                        whole.conditions().stream()
                            .filter(condition -> !condition.key().startsWith(Keys.OPERATIONS))
                            .toList(),
                        whole.changes()),
                    (Duration) arguments[1]);
              }
              return method.invoke(inner, arguments);
            });
  }

  @Test
  void aRefusalOfARetryIsFinalForTheCopyThatIsStillOnItsWay() {
    String session = newSession();
    write("n1", null, put("a", "taken", MapChange.ANY));
    MapOutcome refused =
        write("n2", operation(session, 1, true), put("a", "mine", MapChange.ABSENT));
    write("n1", null, MapChange.delete("m", "a", MapChange.ANY));

    MapOutcome late = write("n3", operation(session, 1, false), put("a", "mine", MapChange.ABSENT));

    assertThat(refused.reply()).isInstanceOf(MapReply.Mismatch.class);
    assertThat(late.reply()).isEqualTo(refused.reply());
    assertThat(node("n1").maps.read("m", "a").isPresent()).isFalse();
  }

  @Test
  void anOperationOfAnEndedSessionNeverActsAndItsSlotsAreForgotten() {
    String session = newSession();
    write("n1", operation(session, 1, false), put("a", "1", MapChange.ANY));

    node("n1").sessions.close(session);
    MapOutcome late = write("n2", operation(session, 2, false), put("a", "2", MapChange.ANY));

    assertThat(late.reply()).isInstanceOf(MapReply.SessionGone.class);
    assertThat(value("n1", "a")).isEqualTo("1");
    Await.until(
        LONG,
        "the slots are deleted",
        () ->
            node("n3")
                .coordinator
                .scan(Keys.operationsOf(session), null, 10, LONG)
                .entries()
                .isEmpty());
  }

  @Test
  void comparesAndSetsByVersion() {
    long first = write("n1", null, put("a", "1", MapChange.ABSENT)).revision();
    long second = write("n2", null, put("a", "2", first)).revision();

    MapOutcome stale = write("n3", null, put("a", "3", first));
    MapOutcome present = write("n1", null, put("a", "3", MapChange.ABSENT));

    assertThat(stale.reply()).isEqualTo(new MapReply.Mismatch(Keys.mapEntry("m", "a"), second));
    assertThat(present.reply()).isEqualTo(stale.reply());
    assertThat(value("n1", "a")).isEqualTo("2");
  }

  @Test
  void setsAnAbsentKeyThatWasDeletedAfterThisNodeLooked() {
    for (int round = 0; round < 50; round++) {
      write("n1", null, put("a", "1", MapChange.ANY));
      write("n1", null, MapChange.delete("m", "a", MapChange.ANY));

      assertThat(write("n2", null, put("a", "2", MapChange.ABSENT)).reply())
          .isInstanceOf(MapReply.Written.class);
      write("n2", null, MapChange.delete("m", "a", MapChange.ANY));
    }
  }

  @Test
  void makesAllChangesOfABatchOrNone() {
    write("n1", null, put("a", "1", MapChange.ANY));

    MapOutcome refused =
        write("n2", null, put("b", "2", MapChange.ANY), put("a", "2", MapChange.ABSENT));
    assertThat(refused.reply()).isInstanceOf(MapReply.Mismatch.class);
    assertThat(node("n2").maps.read("m", "b").isPresent()).isFalse();

    MapOutcome made =
        write("n2", null, put("b", "2", MapChange.ANY), MapChange.delete("m", "a", MapChange.ANY));
    assertThat(made.reply()).isInstanceOf(MapReply.Written.class);
    assertThat(value("n3", "b")).isEqualTo("2");
    assertThat(node("n3").maps.read("m", "a").isPresent()).isFalse();
  }

  @Test
  void refusesAFencedWriteOnceTheLockHasMovedOn() {
    Owner owner = new Owner(newSession(), "h");
    LockReply granted =
        node("n1")
            .locks
            .acquire("l", owner, new LockMode.Exclusive(), -1, Duration.ZERO, _ -> {})
            .reply();
    long token = ((LockReply.Granted) granted).token();
    Condition fence = FenceProblems.require(node("n2").fences.judge("l;" + token));
    assertThat(fenced("n2", fence, "1").reply()).isInstanceOf(MapReply.Written.class);

    node("n1").locks.release("l", owner, token);

    assertThat(fenced("n2", fence, "2").reply()).isInstanceOf(MapReply.Fenced.class);
    assertThat(value("n3", "a")).isEqualTo("1");
  }

  @Test
  void refusesWritesBeyondTheLimitAndTakesDeletes() {
    String large = "x".repeat(30_000);
    InProcessNode n1 = node("n1");
    int written = 0;
    MapOutcome outcome;
    do {
      outcome = write("n1", null, put("k" + written++, large, MapChange.ANY));
      long revision = outcome.revision();
      Await.until(LONG, "applied", () -> n1.maps.appliedRevision() >= revision);
      long before = n1.mapBoard.bytes();
      assertThat(before).isLessThanOrEqualTo(InProcessNode.MAP_STATE_BYTES_MAX);
      int expected = written - (outcome.reply() instanceof MapReply.Written ? 0 : 1);
      Await.until(LONG, "counted", () -> n1.maps.totals("m").entries() == expected);
    } while (outcome.reply() instanceof MapReply.Written);

    assertThat(outcome.reply())
        .isEqualTo(new MapReply.StateTooLarge(InProcessNode.MAP_STATE_BYTES_MAX));
    assertThat(write("n1", null, put("k0", large, MapChange.ANY)).reply())
        .as("the same size again")
        .isInstanceOf(MapReply.Written.class);
    assertThat(write("n1", null, MapChange.delete("m", "k0", MapChange.ANY)).reply())
        .isInstanceOf(MapReply.Written.class);
    int left = written - 2;
    Await.until(LONG, "counted", () -> n1.maps.totals("m").entries() == left);
    assertThat(write("n1", null, put("again", large, MapChange.ANY)).reply())
        .isInstanceOf(MapReply.Written.class);
  }

  @Test
  void listsInPagesThatAreLimitedInBytes() {
    for (int i = 0; i < 20; i++) {
      write("n1", null, put("p/%02d".formatted(i), "v".repeat(1_000), MapChange.ANY));
    }
    write("n1", null, put("q", "no", MapChange.ANY));

    List<String> keys = new ArrayList<>();
    MapPage page;
    do {
      String after = keys.isEmpty() ? "" : keys.getLast();
      page =
          node("n2").maps.list(new MapPage.Query("m", "p/", after, 7, true, 5_000)).orElseThrow();
      assertThat(page.items()).hasSizeBetween(1, 5);
      page.items().forEach(item -> keys.add(item.key()));
    } while (page.more());

    assertThat(keys).hasSize(20).isSorted().doesNotHaveDuplicates();
  }

  private String newSession() {
    return node("n1").sessions.create(LONG).id();
  }

  private InProcessNode node(String id) {
    return Objects.requireNonNull(nodes.get(id));
  }

  private static Operation operation(String session, long sequence, boolean again) {
    return new Operation(session, 0, sequence, again);
  }

  private static MapChange put(String key, String value, long expected) {
    return MapChange.put("m", key, value.getBytes(StandardCharsets.UTF_8), expected);
  }

  private MapOutcome fenced(String id, Condition fence, String value) {
    return node(id)
        .maps
        .write(new MapWrite(null, List.of(put("a", value, MapChange.ANY)), fence), null)
        .join();
  }

  private MapOutcome write(String id, @Nullable Operation operation, MapChange... changes) {
    InProcessNode node = node(id);
    return node.maps
        .write(new MapWrite(operation, List.of(changes), null), new SlotMemory(node.coordinator))
        .join();
  }

  private String value(String id, String key) {
    Observation now = node(id).maps.read("m", key);
    return new String(
        MapValue.decode(Objects.requireNonNull(now.entry()).value()), StandardCharsets.UTF_8);
  }
}
