// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.primitive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.barrier.Barrier.Party;
import dev.holdfast.core.barrier.BarrierCommand;
import dev.holdfast.core.barrier.BarrierReply.Outcome;
import dev.holdfast.core.counter.CounterCommand;
import dev.holdfast.core.latch.LatchCommand;
import dev.holdfast.core.operation.Operation;
import dev.holdfast.node.InProcessNode;
import dev.holdfast.node.primitive.PrimitiveMessages.BarrierRan;
import dev.holdfast.node.primitive.PrimitiveMessages.CounterRan;
import dev.holdfast.node.primitive.PrimitiveMessages.LatchRan;
import dev.holdfast.node.primitive.PrimitiveMessages.Standing;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PrimitivesTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private InMemoryCluster memory;
  private Map<String, InProcessNode> nodes;
  private ExecutorService threads;

  @BeforeEach
  void start() {
    memory = InMemoryCluster.realTime();
    nodes = InProcessNode.start(3, memory);
    threads = Executors.newVirtualThreadPerTaskExecutor();
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
    nodes.values().forEach(InProcessNode::close);
    memory.close();
  }

  /** Each addition is sent through two nodes at the same time, as retries may be. */
  @Test
  void addsOnceWhatComesTwice() throws Exception {
    String session = node("n1").sessions.create(LONG).id();
    int slots = 8;
    int rounds = 25;
    List<Future<?>> adders = new ArrayList<>();
    for (int slot = 0; slot < slots; slot++) {
      int own = slot;
      adders.add(
          threads.submit(() -> {
            for (int round = 1; round <= rounds; round++) {
              Operation operation = new Operation(session, own, round, true);
              Future<CounterRan> copy = threads.submit(() -> add("n2", operation));
              CounterRan first = add("n3", operation);
              assertThat(copy.get().after()).isEqualTo(first.after());
            }
            return null;
          }));
    }
    for (Future<?> adder : adders) {
      adder.get();
    }

    assertThat(node("n1").primitives.counter("hits").after()).isEqualTo((long) slots * rounds);
  }

  @Test
  void setsComparesAndReads() {
    String session = node("n1").sessions.create(LONG).id();

    run("n1", new Operation(session, 0, 1, false), new CounterCommand.Assign(-5));
    CounterRan wrong =
        run("n2", new Operation(session, 0, 2, false), new CounterCommand.CompareAndSet(4, 9));
    CounterRan right =
        run("n3", new Operation(session, 0, 3, false), new CounterCommand.CompareAndSet(-5, 9));

    assertThat(wrong.before()).isEqualTo(wrong.after()).isEqualTo(-5);
    assertThat(right.after()).isEqualTo(9);
    assertThat(node("n2").primitives.counter("hits").after()).isEqualTo(9);
  }

  @Test
  void refusesASessionThatHasEnded() {
    String session = node("n1").sessions.create(LONG).id();
    node("n1").sessions.close(session);

    CounterRan late = add("n2", new Operation(session, 0, 1, false));

    assertThat(late.standing()).isEqualTo(Standing.SESSION_GONE);
    assertThat(node("n1").primitives.counter("hits").after()).isZero();
  }

  @Test
  void opensALatchForThoseWhoWaitAtAnyNode() throws Exception {
    String session = node("n1").sessions.create(LONG).id();
    latch("n1", new Operation(session, 0, 1, false), new LatchCommand.TrySet(2));
    List<Future<LatchRan>> waiting = new ArrayList<>();
    for (String id : nodes.keySet()) {
      waiting.add(threads.submit(() -> node(id).primitives.awaitLatch("ready", -1, LONG)));
    }

    latch("n2", new Operation(session, 0, 2, false), new LatchCommand.CountDown(1));
    latch("n2", new Operation(session, 0, 2, true), new LatchCommand.CountDown(1));
    assertThat(node("n3").primitives.awaitLatch("ready", -1, Duration.ZERO).left()).isEqualTo(1);
    latch("n3", new Operation(session, 0, 3, false), new LatchCommand.CountDown(1));

    for (Future<LatchRan> one : waiting) {
      assertThat(one.get().left()).isZero();
    }
  }

  @Test
  void aWaiterSeesThatALatchWasOpenThoughItWasSetAgain() {
    String session = node("n1").sessions.create(LONG).id();
    LatchRan set = latch("n1", new Operation(session, 0, 1, false), new LatchCommand.TrySet(1));
    latch("n1", new Operation(session, 0, 2, false), new LatchCommand.CountDown(1));
    latch("n1", new Operation(session, 0, 3, false), new LatchCommand.TrySet(1));

    LatchRan waited = node("n2").primitives.awaitLatch("ready", set.round(), LONG);

    assertThat(waited.round()).isEqualTo(set.round() + 1);
    assertThat(waited.left()).isEqualTo(1);
  }

  @Test
  void tripsABarrierForPartiesOfAllNodesRoundAfterRound() throws Exception {
    String session = node("n1").sessions.create(LONG).id();
    for (int round = 0; round < 3; round++) {
      int now = round;
      List<Future<BarrierRan>> parties = new ArrayList<>();
      long slot = 0;
      for (String id : nodes.keySet()) {
        Operation operation = new Operation(session, slot++, round + 1L, false);
        parties.add(
            threads.submit(() -> {
              BarrierRan arrived =
                  node(id)
                      .primitives
                      .barrier(
                          "step",
                          operation,
                          new BarrierCommand.Arrive(new Party(session, id + now), 3));
              return arrived.outcome() == Outcome.TRIPPED
                  ? arrived
                  : node(id).primitives.awaitBarrier("step", arrived.round(), LONG);
            }));
      }
      for (Future<BarrierRan> party : parties) {
        assertThat(party.get().outcome()).isEqualTo(Outcome.TRIPPED);
      }
    }
    assertThat(node("n1").primitives.awaitBarrier("step", 0, Duration.ZERO).round()).isEqualTo(3);
  }

  @Test
  void aBarrierDoesNotTripWithAPartyWhoseSessionHasEnded() {
    String dead = node("n1").sessions.create(LONG).id();
    String live = node("n2").sessions.create(LONG).id();
    arrive("n1", dead, 0);
    node("n1").sessions.close(dead);

    BarrierRan second = arrive("n2", live, 0);
    BarrierRan third = arrive("n3", live, 1);

    assertThat(second.outcome()).isEqualTo(Outcome.ARRIVED);
    assertThat(third.outcome()).isEqualTo(Outcome.TRIPPED);
  }

  private BarrierRan arrive(String id, String session, long slot) {
    return node(id)
        .primitives
        .barrier(
            "step",
            new Operation(session, slot, 1, false),
            new BarrierCommand.Arrive(new Party(session, "p" + slot), 2));
  }

  private CounterRan add(String id, Operation operation) {
    return run(id, operation, new CounterCommand.Add(1));
  }

  private CounterRan run(String id, Operation operation, CounterCommand command) {
    return node(id).primitives.counter("hits", operation, command);
  }

  private LatchRan latch(String id, Operation operation, LatchCommand command) {
    return node(id).primitives.latch("ready", operation, command);
  }

  private InProcessNode node(String id) {
    return Objects.requireNonNull(nodes.get(id));
  }
}
