// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.primitive;

import dev.holdfast.core.Keys;
import dev.holdfast.core.barrier.Barrier;
import dev.holdfast.core.barrier.BarrierCommand;
import dev.holdfast.core.barrier.BarrierReply;
import dev.holdfast.core.barrier.BarrierReply.Outcome;
import dev.holdfast.core.barrier.BarrierTransition;
import dev.holdfast.core.counter.CounterCommand;
import dev.holdfast.core.counter.CounterReply;
import dev.holdfast.core.counter.CounterTransition;
import dev.holdfast.core.latch.Latch;
import dev.holdfast.core.latch.LatchCommand;
import dev.holdfast.core.latch.LatchReply;
import dev.holdfast.core.latch.LatchTransition;
import dev.holdfast.core.operation.OnceReply;
import dev.holdfast.core.operation.Operation;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.primitive.PrimitiveMessages.BarrierRan;
import dev.holdfast.node.primitive.PrimitiveMessages.CounterRan;
import dev.holdfast.node.primitive.PrimitiveMessages.LatchRan;
import dev.holdfast.node.primitive.PrimitiveMessages.RunBarrier;
import dev.holdfast.node.primitive.PrimitiveMessages.RunCounter;
import dev.holdfast.node.primitive.PrimitiveMessages.RunLatch;
import dev.holdfast.node.primitive.PrimitiveMessages.Standing;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.node.transact.EntryLimit;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Counters, latches and barriers, as scripts of their use cases. Calls block. Thread-safe. */
public final class Primitives implements AutoCloseable {
  private final Coordinator coordinator;
  private final OnceGateway<Long, CounterCommand, CounterReply> counters;
  private final OnceGateway<Latch, LatchCommand, LatchReply> latches;
  private final OnceGateway<Barrier, BarrierCommand, BarrierReply> barriers;
  private final EntryBoard latchEntries;
  private final EntryBoard barrierEntries;
  private final EntryAwait latchWaits;
  private final EntryAwait barrierWaits;
  private final Limits limits;

  /** How many counters, latches and barriers there may be. */
  public record Limits(EntryLimit counters, EntryLimit latches, EntryLimit barriers)
      implements AutoCloseable {
    @Override
    public void close() {
      counters.close();
      latches.close();
      barriers.close();
    }
  }

  public Primitives(
      Coordinator coordinator,
      PeerNetwork peers,
      Homes homes,
      String self,
      Limits limits,
      Meter meter,
      LongSupplier nanos) {
    this.limits = limits;
    this.coordinator = coordinator;
    this.counters =
        new OnceGateway<>(new CounterTransition(), coordinator, peers, homes, self, meter, nanos);
    this.latches =
        new OnceGateway<>(new LatchTransition(), coordinator, peers, homes, self, meter, nanos);
    this.barriers =
        new OnceGateway<>(new BarrierTransition(), coordinator, peers, homes, self, meter, nanos);
    this.latchEntries = new EntryBoard(coordinator, Keys.LATCHES, meter);
    this.barrierEntries = new EntryBoard(coordinator, Keys.BARRIERS, meter);
    this.latchWaits = new EntryAwait(coordinator, latchEntries);
    this.barrierWaits = new EntryAwait(coordinator, barrierEntries);
    peers.serve(RunCounter.class, (from, run) -> counterHere(run));
    peers.serve(RunLatch.class, (from, run) -> latchHere(run));
    peers.serve(RunBarrier.class, (from, run) -> barrierHere(run));
  }

  /**
   * Changes a counter.
   *
   * @throws dev.holdfast.spi.coordinator.CoordinatorException as {@link Coordinator#commit}
   */
  public CounterRan counter(String name, @Nullable Operation operation, CounterCommand command) {
    checkRoom(limits.counters(), Keys.counter(name), operation);
    RunCounter run = new RunCounter(name, operation, command);
    return counters.run(Keys.counter(name), operation, run, () -> counterHere(run));
  }

  /** What may have been done before is answered from its slot, whatever the limit is now. */
  private static void checkRoom(EntryLimit limit, EntryKey key, @Nullable Operation operation) {
    if (operation == null || !operation.again()) {
      limit.checkRoom(key);
    }
  }

  private CounterRan counterHere(RunCounter run) {
    Settled<OnceReply<CounterReply>> settled =
        counters.runHere(Keys.counter(run.name()), run.operation(), run.command());
    long revision = settled.revision();
    return switch (settled.reply()) {
      case OnceReply.Done<CounterReply>(CounterReply reply, boolean _) ->
          new CounterRan(Standing.DONE, reply.before(), reply.after(), revision);
      case OnceReply.SessionGone<CounterReply> _ ->
          new CounterRan(Standing.SESSION_GONE, 0, 0, revision);
      case OnceReply.Overtaken<CounterReply> _ ->
          new CounterRan(Standing.OVERTAKEN, 0, 0, revision);
    };
  }

  /** Linearizable. */
  public CounterRan counter(String name) {
    Observation now = coordinator.read(Keys.counter(name), OnceGateway.TIMEOUT);
    Entry entry = now.entry();
    long value = CounterTransition.value(entry == null ? null : entry.value());
    return new CounterRan(Standing.DONE, value, value, now.revision());
  }

  /** Changes a latch; errors as {@link #counter}. */
  public LatchRan latch(String name, @Nullable Operation operation, LatchCommand command) {
    if (command instanceof LatchCommand.TrySet) {
      checkRoom(limits.latches(), Keys.latch(name), operation);
    }
    RunLatch run = new RunLatch(name, operation, command);
    return latches.run(Keys.latch(name), operation, run, () -> latchHere(run));
  }

  private LatchRan latchHere(RunLatch run) {
    Settled<OnceReply<LatchReply>> settled =
        latches.runHere(Keys.latch(run.name()), run.operation(), run.command());
    long revision = settled.revision();
    return switch (settled.reply()) {
      case OnceReply.Done<LatchReply>(LatchReply reply, boolean _) ->
          ran(reply.latch(), reply.changed(), revision);
      case OnceReply.SessionGone<LatchReply> _ ->
          new LatchRan(Standing.SESSION_GONE, 0, 0, false, revision);
      case OnceReply.Overtaken<LatchReply> _ ->
          new LatchRan(Standing.OVERTAKEN, 0, 0, false, revision);
    };
  }

  /**
   * Reads a latch, linearizably, and waits until it is open, or in another round.
   *
   * @param round that the caller waits for the end of; negative for the one that it is in
   * @param wait zero to read only
   * @return how it is when the wait ends
   */
  public LatchRan awaitLatch(String name, long round, Duration wait) {
    Observation first = coordinator.read(Keys.latch(name), OnceGateway.TIMEOUT);
    long own = round < 0 ? latch(first).round() : round;
    Observation last = latchWaits.until(first, now -> isOver(latch(now), own), wait);
    return ran(latch(last), false, last.revision());
  }

  /** Arrives or leaves; errors as {@link #counter}. */
  public BarrierRan barrier(String name, @Nullable Operation operation, BarrierCommand command) {
    if (command instanceof BarrierCommand.Arrive) {
      checkRoom(limits.barriers(), Keys.barrier(name), operation);
    }
    RunBarrier run = new RunBarrier(name, operation, command);
    return barriers.run(Keys.barrier(name), operation, run, () -> barrierHere(run));
  }

  private BarrierRan barrierHere(RunBarrier run) {
    Settled<OnceReply<BarrierReply>> settled =
        barriers.runHere(Keys.barrier(run.name()), run.operation(), run.command());
    return switch (settled.reply()) {
      case OnceReply.Done<BarrierReply>(BarrierReply reply, boolean _) ->
          new BarrierRan(
              Standing.DONE,
              reply.outcome(),
              reply.round(),
              reply.waiting(),
              reply.parties(),
              settled.revision());
      case OnceReply.SessionGone<BarrierReply> _ -> notRun(Standing.SESSION_GONE, settled);
      case OnceReply.Overtaken<BarrierReply> _ -> notRun(Standing.OVERTAKEN, settled);
    };
  }

  private static BarrierRan notRun(Standing standing, Settled<?> settled) {
    return new BarrierRan(standing, Outcome.LEFT, 0, 0, 1, settled.revision());
  }

  /** Reads a barrier, linearizably, and waits until this round is over. */
  public BarrierRan awaitBarrier(String name, long round, Duration wait) {
    Observation first = coordinator.read(Keys.barrier(name), OnceGateway.TIMEOUT);
    Observation last = barrierWaits.until(first, now -> barrier(now).round() > round, wait);
    Barrier now = barrier(last);
    return new BarrierRan(
        Standing.DONE,
        now.round() > round ? Outcome.TRIPPED : Outcome.ARRIVED,
        now.round(),
        now.arrived().size(),
        now.parties(),
        last.revision());
  }

  private static Barrier barrier(Observation now) {
    Entry entry = now.entry();
    return entry == null
        ? new Barrier(1, 0, List.of())
        : new BarrierTransition().decode(entry.value());
  }

  private static boolean isOver(Latch now, long round) {
    return now.left() == 0 || now.round() > round;
  }

  private static Latch latch(Observation now) {
    Entry entry = now.entry();
    return LatchTransition.latch(entry == null ? null : entry.value());
  }

  private static LatchRan ran(Latch latch, boolean changed, long revision) {
    return new LatchRan(Standing.DONE, latch.round(), latch.left(), changed, revision);
  }

  @Override
  public void close() {
    latchEntries.close();
    barrierEntries.close();
    limits.close();
  }
}
