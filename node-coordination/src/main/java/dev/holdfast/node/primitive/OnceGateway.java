// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.primitive;

import dev.holdfast.core.operation.Once;
import dev.holdfast.core.operation.OnceReply;
import dev.holdfast.core.operation.OnceTransition;
import dev.holdfast.core.operation.Operation;
import dev.holdfast.core.operation.SlotView;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.node.peer.PeerRequest;
import dev.holdfast.node.peer.PeerUnreachableException;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.node.transact.Settled;
import dev.holdfast.node.transact.SlotMemory;
import dev.holdfast.node.transact.Transactor;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs commands of one kind at the home of their entry. A command with an operation may be run by
 * two nodes and acts once; one without is never tried twice.
 */
final class OnceGateway<S, C, R> {
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final Duration HOME_TIMEOUT = Duration.ofSeconds(1);

  private final OnceTransition<S, C, R> rules;
  private final Transactor<S, Once<C>, OnceReply<R>> transactor;
  private final PeerNetwork peers;
  private final Homes homes;
  private final String self;
  private final SlotMemory slots;

  OnceGateway(
      OnceTransition<S, C, R> rules,
      Coordinator coordinator,
      PeerNetwork peers,
      Homes homes,
      String self,
      Meter meter,
      LongSupplier nanos) {
    this.rules = rules;
    this.transactor = new Transactor<>(rules, coordinator, meter, nanos);
    this.peers = peers;
    this.homes = homes;
    this.self = self;
    this.slots = new SlotMemory(coordinator);
  }

  /**
   * @param request what to say to the home when that is another node
   * @param here what to do when it is this one, or does not answer
   */
  <A> A run(EntryKey key, @Nullable Operation operation, PeerRequest<A> request, Supplier<A> here) {
    String home = homes.deciderOf(key);
    if (home.equals(self)) {
      return here.get();
    }
    try {
      return peers.call(home, request, operation == null ? TIMEOUT : HOME_TIMEOUT);
    } catch (PeerException e) {
      if (operation == null && !(e instanceof PeerUnreachableException)) {
        throw new OutcomeUnknownException("The home " + home + " did not answer", e);
      }
      return here.get();
    }
  }

  Settled<OnceReply<R>> runHere(EntryKey key, @Nullable Operation operation, C command) {
    Observation slot = operation == null ? null : slots.latest(operation.slotKey());
    Settled<OnceReply<R>> settled =
        transactor.submit(key, new Once<>(operation, slot, command), TIMEOUT);
    if (operation != null
        && slot != null
        && settled.reply() instanceof OnceReply.Done<R>(R reply, boolean remembered)
        && !remembered) {
      learn(operation, slot, reply, settled.revision());
    }
    return settled;
  }

  /** This node may apply its own commit a moment later than the next command of the slot comes. */
  private void learn(Operation operation, Observation before, R reply, long revision) {
    if (SlotView.remember(operation, rules.encodeReply(reply))
        instanceof Change.Put(EntryKey key, var value)) {
      Entry entry = new Entry(key, value, revision, revision);
      slots.learn(new Observation(key, entry, before.lastDeleted(), revision));
    }
  }
}
