// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cleanup;

import dev.holdfast.node.cleanup.CleanupMessages.AskRemovals;
import dev.holdfast.node.cleanup.CleanupMessages.RemovalState;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.object.CopyRemover;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.store.LocalStore;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.placement.ClusterMap;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes from this node what its cleanup policy lets go: the bytes of old versions, and copies
 * that nobody needs. Each node does so for its own disk, one pass at a time, on one thread; the
 * state may be read by any.
 */
public final class Removals {
  private static final Logger log = LoggerFactory.getLogger(Removals.class);

  /** Of one question to another node. */
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Parts parts;
  private final RemovalSettings settings;

  private volatile RemovalTally tally = RemovalTally.NONE;
  private volatile boolean isRunning;
  private final AtomicLong completed = new AtomicLong();
  private volatile long dueNanos;

  /**
   * What it needs from the node.
   *
   * @param rule none: nothing goes
   * @param proof looks at the disks of holders
   * @param nanos monotonic
   */
  public record Parts(
      ClusterView cluster,
      Coordinator coordinator,
      PeerNetwork network,
      LocalStore store,
      CopyRemover remover,
      CopyRemover.Proof proof,
      Optional<CleanupRule> rule,
      InstantSource clock,
      LongSupplier nanos,
      Meter meter) {}

  /** Registers the handler of peer requests, so before the network starts. */
  public Removals(Parts parts, RemovalSettings settings) {
    this.parts = parts;
    this.settings = settings;
    this.dueNanos = parts.nanos.getAsLong() + settings.every().toNanos();
    parts.network.serve(AskRemovals.class, (_, _) -> state());
  }

  /** How long until the next pass that nobody asks for. */
  long nanosToNext() {
    return parts.rule.isEmpty() ? Long.MAX_VALUE : dueNanos - parts.nanos.getAsLong();
  }

  public RemovalState state() {
    return tally.state(isRunning, completed.get(), parts.store.space().freeBytes());
  }

  /** What the other nodes that are up say of theirs, without those that do not answer. */
  List<Told> others() {
    List<Told> told = new ArrayList<>();
    for (ClusterMap.Node node : parts.cluster.map().nodes()) {
      if (!node.id().equals(parts.cluster.self()) && parts.cluster.isHealthy(node.id())) {
        try {
          told.add(new Told(node.id(), parts.network.call(node.id(), new AskRemovals(), TIMEOUT)));
        } catch (PeerException e) {
          log.debug("{} does not say what it has too much of", node.id(), e);
        }
      }
    }
    return told;
  }

  record Told(String node, RemovalState state) {}

  /** A pass that is due, as the settings want it. */
  void due(Supplier<String> hindrance) throws InterruptedException {
    run(!settings.isApplied(), hindrance);
  }

  /**
   * One pass, on the caller's thread. What fails ends it and shows in the state.
   *
   * @param isPlan changes nothing
   * @param hindrance why nothing may be deleted now, in a sentence; empty when it may. Asked again
   *     and again
   */
  public RemovalState run(boolean isPlan, Supplier<String> hindrance) throws InterruptedException {
    RemovalTally fresh =
        new RemovalTally(
            parts.rule.map(CleanupRule::name).orElse(""), isPlan, parts.clock.millis());
    tally = fresh;
    isRunning = true;
    try {
      if (parts.rule.isPresent()) {
        new RemovalPass(parts, parts.rule.get(), settings.overheadBytes(), fresh, hindrance)
            .run(isPlan, this::others);
      }
    } catch (CoordinatorException e) {
      fresh.refused("It broke off: no majority of the coordinator answers.");
      log.info("The removal of what a policy lets go broke off: {}", e.getMessage());
    } catch (RuntimeException e) {
      fresh.refused("It failed; the log of the node has more.");
      log.warn("The removal of what a policy lets go failed, and is tried again later", e);
    } finally {
      isRunning = false;
      completed.incrementAndGet();
      dueNanos = parts.nanos.getAsLong() + settings.every().toNanos();
    }
    return state();
  }
}
