// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.primitive;

import dev.holdfast.core.barrier.Barrier;
import dev.holdfast.core.barrier.BarrierCommand;
import dev.holdfast.core.barrier.BarrierReply.Outcome;
import dev.holdfast.core.counter.CounterCommand;
import dev.holdfast.core.latch.LatchCommand;
import dev.holdfast.core.operation.Operation;
import dev.holdfast.node.peer.PeerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What nodes say to each other about counters and latches: you are the home, run this. */
public final class PrimitiveMessages {
  public static final List<Class<?>> KINDS =
      List.of(
          Operation.class,
          CounterCommand.Add.class,
          CounterCommand.Assign.class,
          CounterCommand.CompareAndSet.class,
          LatchCommand.TrySet.class,
          LatchCommand.CountDown.class,
          RunCounter.class,
          CounterRan.class,
          RunLatch.class,
          LatchRan.class,
          Barrier.Party.class,
          BarrierCommand.Arrive.class,
          BarrierCommand.Leave.class,
          RunBarrier.class,
          BarrierRan.class);

  private PrimitiveMessages() {}

  public enum Standing {
    DONE,
    SESSION_GONE,
    OVERTAKEN
  }

  public record RunCounter(String name, @Nullable Operation operation, CounterCommand command)
      implements PeerRequest<CounterRan> {}

  /** The numbers count only when it is done. */
  public record CounterRan(Standing standing, long before, long after, long revision) {}

  public record RunLatch(String name, @Nullable Operation operation, LatchCommand command)
      implements PeerRequest<LatchRan> {}

  public record RunBarrier(String name, @Nullable Operation operation, BarrierCommand command)
      implements PeerRequest<BarrierRan> {}

  /** The outcome and the numbers count only when it is done. */
  public record BarrierRan(
      Standing standing, Outcome outcome, long round, int waiting, int parties, long revision) {}

  /** The numbers count only when it is done. */
  public record LatchRan(
      Standing standing, long round, long left, boolean changed, long revision) {}
}
