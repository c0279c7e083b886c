package dev.holdfast.testkit.simulation;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockOutcome;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.LockState;
import dev.holdfast.core.lock.LockTransition;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.testkit.simulation.Lanes.Settled;
import dev.holdfast.testkit.simulation.Outcome.Done;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** {@code LockGateway} and {@code LockSweeper} of a node, without their threads. */
final class LockShell {
  static final long COMMAND_NANOS = 10 * World.SECONDS;

  private static final long HOME_NANOS = World.SECONDS;
  private static final long REFILL_NANOS = 5 * World.SECONDS;

  private final SimulatedNode node;
  private final NodeAgreement agreement;
  private final Lanes<LockState, LockCommand, LockOutcome> lanes;
  private final LockTransition codec = new LockTransition();
  private final Set<String> refilling = new TreeSet<>();
  private Map<EntryKey, Long> idleSince = new TreeMap<>();

  LockShell(SimulatedNode node) {
    this.node = node;
    this.agreement = node.agreement;
    this.lanes = new Lanes<>(node, agreement, node.rules, node.rules.locks());
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
    Optional<LockCommand.Cancel> cancel = command.overtaking(settled.reply());
    if (cancel.isEmpty()) {
      then.accept(new Done<>(settled));
      return;
    }
    node.judge.givingUp(lock, cancel.get().owner());
    runHere(
        lock,
        cancel.get(),
        timeoutNanos,
        outcome ->
            then.accept(
                outcome instanceof Done<Settled<LockReply>>(var cancelled)
                        && !(cancelled.reply() instanceof LockReply.Granted)
                    ? new Done<>(settled)
                    : outcome));
  }

  private void runHere(
      String lock,
      LockCommand command,
      long timeoutNanos,
      Consumer<Outcome<Settled<LockReply>>> then) {
    lanes.submit(
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
    lanes.submit(
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
