package dev.holdfast.node.primitive;

import dev.holdfast.core.Keys;
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
import dev.holdfast.node.primitive.PrimitiveMessages.CounterRan;
import dev.holdfast.node.primitive.PrimitiveMessages.LatchRan;
import dev.holdfast.node.primitive.PrimitiveMessages.RunCounter;
import dev.holdfast.node.primitive.PrimitiveMessages.RunLatch;
import dev.holdfast.node.primitive.PrimitiveMessages.Standing;
import dev.holdfast.node.transact.EntryBoard;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Counters and latches, as scripts of their use cases. Calls block. Thread-safe. */
public final class Primitives implements AutoCloseable {
  private final Coordinator coordinator;
  private final OnceGateway<Long, CounterCommand, CounterReply> counters;
  private final OnceGateway<Latch, LatchCommand, LatchReply> latches;
  private final EntryBoard latchEntries;

  public Primitives(
      Coordinator coordinator, PeerNetwork peers, Homes homes, String self, Meter meter) {
    this.coordinator = coordinator;
    this.counters =
        new OnceGateway<>(new CounterTransition(), coordinator, peers, homes, self, meter);
    this.latches = new OnceGateway<>(new LatchTransition(), coordinator, peers, homes, self, meter);
    this.latchEntries = new EntryBoard(coordinator, Keys.LATCHES);
    peers.serve(RunCounter.class, (from, run) -> counterHere(run));
    peers.serve(RunLatch.class, (from, run) -> latchHere(run));
  }

  /**
   * Changes a counter.
   *
   * @throws dev.holdfast.spi.coordinator.CoordinatorException as {@link Coordinator#commit}
   */
  public CounterRan counter(String name, @Nullable Operation operation, CounterCommand command) {
    RunCounter run = new RunCounter(name, operation, command);
    return counters.run(Keys.counter(name), operation, run, () -> counterHere(run));
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
    EntryKey key = Keys.latch(name);
    CompletableFuture<Observation> over = new CompletableFuture<>();
    long deadline = System.nanoTime() + wait.toNanos();
    CompletableFuture<@Nullable Long> waited = new CompletableFuture<>();
    try (EntryBoard.Interest _ =
        latchEntries.follow(
            key,
            now -> {
              Long own = waited.getNow(null);
              if (own != null && isOver(latch(now), own)) {
                over.complete(now);
              }
            })) {
      Observation first = coordinator.read(key, OnceGateway.TIMEOUT);
      long own = round < 0 ? latch(first).round() : round;
      if (isOver(latch(first), own) || wait.isZero()) {
        return ran(latch(first), false, first.revision());
      }
      waited.complete(own);
      // What came before the round was known was not looked at: look once more.
      Observation second = coordinator.readLocal(key).observation();
      if (second.revision() >= first.revision() && isOver(latch(second), own)) {
        return ran(latch(second), false, second.revision());
      }
      Observation last = over.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      return ran(latch(last), false, last.revision());
    } catch (TimeoutException e) {
      Observation now = coordinator.readLocal(key).observation();
      return ran(latch(now), false, now.revision());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new dev.holdfast.spi.coordinator.UnavailableException("Interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("Never completed exceptionally", e);
    }
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
  }
}
