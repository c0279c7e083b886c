// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import java.util.List;

/**
 * A lock as it is shown to people.
 *
 * @param waiters the first of them
 * @param waitersInAll with those beside the lock's own entry
 * @param permits of all; 0 when the lock is exclusive or shared
 * @param refillNeeded true for longer than a moment only when the node that should have sent the
 *     refill died: then any node does
 */
public record LockView(
    String name,
    long fence,
    int permits,
    List<Grant> holders,
    List<Waiter> waiters,
    long waitersInAll,
    boolean refillNeeded) {
  public LockView {
    holders = List.copyOf(holders);
    waiters = List.copyOf(waiters);
  }

  public static LockView of(String name, LockState state) {
    return new LockView(
        name,
        state.fence(),
        state.permits(),
        state.holders(),
        state.waiters(),
        state.waitersInAll(),
        state.refillNeeded());
  }
}
