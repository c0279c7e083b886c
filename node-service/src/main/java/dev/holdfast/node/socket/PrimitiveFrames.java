// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.core.Names;
import dev.holdfast.core.barrier.Barrier.Party;
import dev.holdfast.core.barrier.BarrierCommand;
import dev.holdfast.core.barrier.BarrierReply.Outcome;
import dev.holdfast.core.counter.CounterCommand;
import dev.holdfast.core.latch.LatchCommand;
import dev.holdfast.core.operation.Operation;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.map.MapProblems;
import dev.holdfast.node.primitive.PrimitiveMessages.BarrierRan;
import dev.holdfast.node.primitive.PrimitiveMessages.CounterRan;
import dev.holdfast.node.primitive.PrimitiveMessages.LatchRan;
import dev.holdfast.node.primitive.PrimitiveMessages.Standing;
import dev.holdfast.node.session.SessionRoutes;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.function.Supplier;

/** What one connection says about counters, latches and barriers. Thread-safe. */
final class PrimitiveFrames {
  private static final long WAIT_MILLIS_MAX = 60_000;

  private final SessionSocket node;
  private final FrameChannel channel;

  PrimitiveFrames(SessionSocket node, FrameChannel channel) {
    this.node = node;
    this.channel = channel;
  }

  void add(ClientFrame.AddToCounter add) {
    change(
        add.request(),
        operation(add.session(), add.slot(), add.sequence(), add.again()),
        add.counter(),
        new CounterCommand.Add(add.delta()));
  }

  void set(ClientFrame.SetCounter set) {
    change(
        set.request(),
        operation(set.session(), set.slot(), set.sequence(), set.again()),
        set.counter(),
        new CounterCommand.Assign(set.value()));
  }

  void compareAndSet(ClientFrame.CompareAndSetCounter set) {
    change(
        set.request(),
        operation(set.session(), set.slot(), set.sequence(), set.again()),
        set.counter(),
        new CounterCommand.CompareAndSet(set.expected(), set.value()));
  }

  void read(ClientFrame.ReadCounter read) {
    CounterRan ran = node.primitives.counter(named(read.counter()));
    channel.sendSoon(
        new ServerFrame.CounterValue(read.request(), ran.revision(), ran.before(), ran.after()));
  }

  private void change(long request, Operation operation, String name, CounterCommand command) {
    CounterRan ran = node.primitives.counter(named(name), operation, command);
    checkDone(ran.standing(), operation);
    channel.sendSoon(
        new ServerFrame.CounterValue(request, ran.revision(), ran.before(), ran.after()));
  }

  void set(ClientFrame.SetLatch set) {
    Operation operation = operation(set.session(), set.slot(), set.sequence(), set.again());
    answer(
        set.request(), operation, set.latch(), valid(() -> new LatchCommand.TrySet(set.count())));
  }

  void countDown(ClientFrame.CountDown down) {
    Operation operation = operation(down.session(), down.slot(), down.sequence(), down.again());
    answer(
        down.request(),
        operation,
        down.latch(),
        valid(() -> new LatchCommand.CountDown(down.by())));
  }

  private void answer(long request, Operation operation, String name, LatchCommand command) {
    LatchRan ran = node.primitives.latch(named(name), operation, command);
    checkDone(ran.standing(), operation);
    tell(request, ran);
  }

  void await(ClientFrame.AwaitLatch await) {
    Duration wait = Duration.ofMillis(Math.min(WAIT_MILLIS_MAX, await.waitMillis()));
    tell(await.request(), node.primitives.awaitLatch(named(await.latch()), await.round(), wait));
  }

  private void tell(long request, LatchRan ran) {
    channel.sendSoon(
        new ServerFrame.LatchCount(
            request, ran.revision(), ran.round(), ran.left(), ran.changed()));
  }

  void arrive(ClientFrame.ArriveAtBarrier arrive) {
    Operation operation =
        operation(arrive.session(), arrive.slot(), arrive.sequence(), arrive.again());
    int parties = (int) Math.min(Integer.MAX_VALUE, arrive.parties());
    BarrierCommand command =
        valid(
            () -> new BarrierCommand.Arrive(new Party(arrive.session(), arrive.party()), parties));
    run(arrive.request(), operation, arrive.barrier(), command);
  }

  void leave(ClientFrame.LeaveBarrier leave) {
    Operation operation = operation(leave.session(), leave.slot(), leave.sequence(), leave.again());
    BarrierCommand command =
        valid(() ->
            new BarrierCommand.Leave(new Party(leave.session(), leave.party()), leave.round()));
    run(leave.request(), operation, leave.barrier(), command);
  }

  private void run(long request, Operation operation, String name, BarrierCommand command) {
    BarrierRan ran = node.primitives.barrier(named(name), operation, command);
    checkDone(ran.standing(), operation);
    if (ran.outcome() == Outcome.OTHER_PARTIES) {
      throw new ProblemException(
          409,
          "OTHER_PARTIES",
          ran.waiting() + " wait at this barrier for " + ran.parties() + " parties",
          "Name the same number of parties.");
    }
    tell(request, ran);
  }

  void await(ClientFrame.AwaitBarrier await) {
    Duration wait = Duration.ofMillis(Math.min(WAIT_MILLIS_MAX, await.waitMillis()));
    tell(
        await.request(), node.primitives.awaitBarrier(named(await.barrier()), await.round(), wait));
  }

  private void tell(long request, BarrierRan ran) {
    channel.sendSoon(
        new ServerFrame.BarrierState(
            request,
            ran.revision(),
            ran.round(),
            ran.waiting(),
            ran.parties(),
            ran.outcome() == Outcome.TRIPPED));
  }

  private static void checkDone(Standing standing, Operation operation) {
    switch (standing) {
      case DONE -> {}
      case SESSION_GONE -> throw SessionRoutes.gone(operation.session());
      case OVERTAKEN ->
          throw new ProblemException(
              409,
              "STALE_REQUEST",
              "A later operation has used this slot",
              "Nobody waits for this answer; use a new sequence.");
    }
  }

  private static Operation operation(String session, long slot, long sequence, boolean again) {
    return valid(() -> new Operation(session, slot, sequence, again));
  }

  private static <T> T valid(Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw MapProblems.bad(e);
    }
  }

  private static String named(String name) {
    Names.primitiveProblem(name)
        .ifPresent(problem -> {
          throw new ProblemException(400, "BAD_NAME", problem, "Choose another name.");
        });
    return name;
  }
}
