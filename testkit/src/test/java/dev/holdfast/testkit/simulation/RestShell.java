// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.testkit.simulation.CommandQueues.Settled;
import dev.holdfast.testkit.simulation.Outcome.Done;
import java.util.function.Consumer;

/** {@code LockService} of a node as REST uses it: an owner may come again and again. */
final class RestShell {
  private static final int FRESH_TRIES_MAX = 5;

  private final SimulatedNode node;
  private final NodeAgreement agreement;

  RestShell(SimulatedNode node) {
    this.node = node;
    this.agreement = node.agreement;
  }

  /** {@code POST /v1/locks/…} without a {@code seen}. */
  void acquire(
      String lock, Owner owner, LockMode mode, long waitNanos, Consumer<Outcome<LockReply>> then) {
    acquireFresh(lock, owner, mode, waitNanos, 1, agreement.appliedRevision(), then);
  }

  private void acquireFresh(
      String lock,
      Owner owner,
      LockMode mode,
      long waitNanos,
      int attempt,
      long seen,
      Consumer<Outcome<LockReply>> then) {
    node.judge.asked(lock, owner, seen);
    node.locks.run(
        lock,
        new LockCommand.Acquire(owner, mode, waitNanos > 0, seen),
        LockShell.COMMAND_NANOS,
        outcome -> {
          if (!(outcome instanceof Done<Settled<LockReply>>(Settled<LockReply> settled))) {
            then.accept(SimulatedNode.map(outcome, Settled::reply));
          } else if (settled.reply() instanceof LockReply.StaleRequest
              && attempt < FRESH_TRIES_MAX) {
            agreement.read(
                LockShell.COMMAND_NANOS,
                read -> {
                  if (read instanceof Done<Table>(Table table)) {
                    acquireFresh(lock, owner, mode, waitNanos, attempt + 1, table.revision(), then);
                  } else {
                    then.accept(Outcome.unavailable());
                  }
                });
          } else if (settled.reply() instanceof LockReply.Queued) {
            await(lock, owner, settled.revision(), waitNanos, then);
          } else {
            then.accept(new Done<>(settled.reply()));
          }
        });
  }

  private void await(
      String lock, Owner owner, long since, long waitNanos, Consumer<Outcome<LockReply>> then) {
    boolean[] over = {false};
    Runnable[] unfollow = {() -> {}};
    Consumer<Observation> look =
        now -> {
          if (!over[0] && now.revision() >= since && !isWaiting(now)) {
            over[0] = true;
            unfollow[0].run();
            Entry entry = now.entry();
            then.accept(
                new Done<>(
                    entry != null
                            && ClaimCodec.decode(entry.value())
                                instanceof Claim.Held(long token, _, _)
                        ? new LockReply.Granted(token)
                        : new LockReply.Cancelled()));
          }
        };
    unfollow[0] = node.follow(owner.claimKey(lock), look);
    look.accept(agreement.readLocal(owner.claimKey(lock)));
    node.later(
        waitNanos,
        () -> {
          if (!over[0]) {
            over[0] = true;
            unfollow[0].run();
            node.judge.givingUp(lock, owner);
            node.locks.cancel(
                lock, owner, outcome -> then.accept(SimulatedNode.map(outcome, Settled::reply)));
          }
        });
  }

  private static boolean isWaiting(Observation now) {
    Entry claim = now.entry();
    return claim != null && ClaimCodec.decode(claim.value()) instanceof Claim.Waiting;
  }

  /** {@code DELETE /v1/locks/…} without a token. */
  void release(String lock, Owner owner, Consumer<Outcome<LockReply>> then) {
    agreement.read(
        LockShell.COMMAND_NANOS,
        read -> {
          if (!(read instanceof Done<Table>(Table table))) {
            then.accept(Outcome.unavailable());
            return;
          }
          Entry claim = table.observe(owner.claimKey(lock)).entry();
          if (claim != null
              && ClaimCodec.decode(claim.value()) instanceof Claim.Held(long token, _, _)) {
            node.locks.run(
                lock,
                new LockCommand.Release(owner, token),
                LockShell.COMMAND_NANOS,
                outcome -> then.accept(SimulatedNode.map(outcome, Settled::reply)));
          } else {
            then.accept(new Done<>(new LockReply.NotHeld()));
          }
        });
  }
}
