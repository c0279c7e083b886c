// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.ClaimSight;
import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockOutcome;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.LockState;
import dev.holdfast.core.lock.LockTransition;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.testkit.simulation.CommandQueues.Settled;
import dev.holdfast.testkit.simulation.Outcome.Done;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** {@code LockGateway} and {@code LockSweeper} of a node, without their threads. */
final class LockShell {
  static final long COMMAND_NANOS = 10 * World.SECONDS;

  private static final int LOOKS_MAX = 8;
  private static final long HOME_NANOS = World.SECONDS;
  private static final long REFILL_NANOS = 5 * World.SECONDS;

  private final SimulatedNode node;
  private final NodeAgreement agreement;
  private final CommandQueues<LockState, LockCommand, LockOutcome> queues;
  private final LockTransition codec = new LockTransition();
  private final Set<String> refilling = new TreeSet<>();
  private Map<EntryKey, Long> idleSince = new TreeMap<>();

  LockShell(SimulatedNode node) {
    this.node = node;
    this.agreement = node.agreement;
    this.queues = new CommandQueues<>(node, agreement, node.rules, node.rules.locks());
  }

  /** Runs a command, here or at the home of the lock. */
  void run(
      String lock,
      LockCommand command,
      long timeoutNanos,
      Consumer<Outcome<Settled<LockReply>>> then) {
    String home = node.homeOf(Keys.lock(lock));
    if (home.equals(node.name)) {
      runHere(lock, command, timeoutNanos, then);
      return;
    }
    node.<Settled<LockReply>>call(
        home,
        Math.min(timeoutNanos, HOME_NANOS),
        !(command instanceof LockCommand.Acquire acquire) || acquire.queue(),
        (other, reply) ->
            other.locks.runHere(
                lock,
                command,
                5 * HOME_NANOS,
                outcome -> {
                  if (outcome instanceof Done<Settled<LockReply>>(Settled<LockReply> settled)) {
                    reply.accept(settled);
                  }
                }),
        (settled, silence) -> {
          if (settled != null) {
            then.accept(new Done<>(settled));
            return;
          }
          boolean unanswered = silence == SimulatedNode.Silence.UNANSWERED;
          runHere(
              lock,
              command,
              timeoutNanos,
              outcome -> {
                if (unanswered
                    && node.rules.cancelsAfterAnUnansweredTry()
                    && outcome instanceof Done<Settled<LockReply>>(var here)) {
                  withoutALateGrant(lock, command, here, timeoutNanos, then);
                } else {
                  then.accept(outcome);
                }
              });
        });
  }

  private void withoutALateGrant(
      String lock,
      LockCommand command,
      Settled<LockReply> settled,
      long timeoutNanos,
      Consumer<Outcome<Settled<LockReply>>> then) {
    if (settled.reply() instanceof LockReply.StaleRequest) {
      then.accept(Outcome.unknown());
      return;
    }
    Optional<Owner> overtaken = command.overtaken(settled.reply());
    if (overtaken.isEmpty()) {
      then.accept(new Done<>(settled));
      return;
    }
    Owner owner = overtaken.get();
    node.judge.givingUp(lock, owner);
    asSeen(
        owner.claimKey(lock),
        (seen, answer) -> runHere(lock, new LockCommand.Cancel(owner, seen), timeoutNanos, answer),
        outcome ->
            then.accept(
                outcome instanceof Done<Settled<LockReply>>(var cancelled)
                        && !(cancelled.reply() instanceof LockReply.Granted)
                    ? new Done<>(settled)
                    : outcome));
  }

  /** Withdraws what this owner asks for now, and nothing that it asks for later. */
  void cancel(String lock, Owner owner, Consumer<Outcome<Settled<LockReply>>> then) {
    asSeen(
        owner.claimKey(lock),
        (seen, answer) -> run(lock, new LockCommand.Cancel(owner, seen), COMMAND_NANOS, answer),
        then);
  }

  /** Ends what this owner holds or asks for now, and nothing that it gets later. */
  void endHolder(String lock, Owner owner, Consumer<Outcome<Settled<LockReply>>> then) {
    asSeen(
        owner.claimKey(lock),
        (seen, answer) -> run(lock, new LockCommand.EndHolder(owner, seen), COMMAND_NANOS, answer),
        then);
  }

  private void asSeen(
      EntryKey claim,
      BiConsumer<ClaimSight, Consumer<Outcome<Settled<LockReply>>>> attempt,
      Consumer<Outcome<Settled<LockReply>>> then) {
    asSeen(claim, ClaimSight.of(agreement.readLocal(claim)), 1, attempt, then);
  }

  private void asSeen(
      EntryKey claim,
      ClaimSight seen,
      int look,
      BiConsumer<ClaimSight, Consumer<Outcome<Settled<LockReply>>>> attempt,
      Consumer<Outcome<Settled<LockReply>>> then) {
    attempt.accept(
        seen,
        outcome -> {
          boolean moved =
              outcome instanceof Done<Settled<LockReply>>(var settled)
                  && settled.reply() instanceof LockReply.Moved;
          if (!moved) {
            then.accept(outcome);
          } else if (look == LOOKS_MAX) {
            then.accept(Outcome.unavailable());
          } else {
            agreement.read(
                COMMAND_NANOS,
                read -> {
                  if (read instanceof Done<Table>(Table table)) {
                    asSeen(claim, ClaimSight.of(table.observe(claim)), look + 1, attempt, then);
                  } else {
                    then.accept(Outcome.unavailable());
                  }
                });
          }
        });
  }

  private void runHere(
      String lock,
      LockCommand command,
      long timeoutNanos,
      Consumer<Outcome<Settled<LockReply>>> then) {
    queues.submit(
        Keys.lock(lock),
        command,
        timeoutNanos,
        outcome -> {
          if (outcome instanceof Done<Settled<LockOutcome>>(var settled)
              && settled.reply().refillNeeded()) {
            refillSoon(lock);
          }
          then.accept(
              SimulatedNode.map(
                  outcome, settled -> new Settled<>(settled.reply().reply(), settled.revision())));
        });
  }

  // ---- Long queues ----

  private void refillSoon(String lock) {
    if (refilling.add(lock)) {
      node.step(() -> refill(lock));
    }
  }

  private void refill(String lock) {
    agreement.read(
        REFILL_NANOS,
        outcome -> {
          if (outcome instanceof Done<Table>(Table table)) {
            refill(lock, page(lock, table));
          } else {
            refilling.remove(lock);
          }
        });
  }

  private void refill(String lock, List<Observation> page) {
    queues.submit(
        Keys.lock(lock),
        new LockCommand.Refill(page),
        REFILL_NANOS,
        outcome -> {
          if (outcome instanceof Done<Settled<LockOutcome>>(var settled)
              && settled.reply().refillNeeded()) {
            refill(lock);
          } else {
            refilling.remove(lock);
          }
        });
  }

  private List<Observation> page(String lock, Table table) {
    Entry entry = table.observe(Keys.lock(lock)).entry();
    return entry == null
        ? List.of()
        : LockTransition.refillKeys(lock, codec.decode(entry.value())).stream()
            .map(table::observe)
            .toList();
  }

  // ---- Sweeping ----

  void sweep() {
    Map<EntryKey, Long> idleNow = new TreeMap<>();
    for (Entry entry : agreement.scanLocal(Keys.LOCKS)) {
      if (node.isHome(entry.key())) {
        look(entry, idleNow);
      }
    }
    idleSince = idleNow;
  }

  private void look(Entry entry, Map<EntryKey, Long> idleNow) {
    String lock = Keys.lockOf(entry.key()).orElseThrow();
    LockState state = codec.decode(entry.value());
    if (state.refillNeeded()) {
      refillSoon(lock);
    } else if (!state.isInUse()) {
      Long known = idleSince.get(entry.key());
      if (known == null || known != entry.version()) {
        idleNow.put(entry.key(), entry.version());
      } else {
        run(lock, new LockCommand.Forget(), COMMAND_NANOS / 2, outcome -> {});
      }
    }
  }
}
