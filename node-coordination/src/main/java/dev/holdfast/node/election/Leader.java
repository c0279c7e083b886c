// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.election;

import dev.holdfast.core.election.Proclaimed;
import dev.holdfast.core.lock.Grant;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.LockState;
import dev.holdfast.core.lock.LockTransition;
import dev.holdfast.core.session.SessionAlias;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;

/**
 * Who holds a lock exclusively, and what it has proclaimed.
 *
 * @param session its alias, empty when nobody does
 * @param token 0 when nobody does
 * @param value of this very grant, empty when it has proclaimed none
 * @param waiting requests behind it
 */
public record Leader(
    String lock, String session, String holder, long token, String value, long waiting) {
  private static final LockTransition LOCKS = new LockTransition();

  /** What was proclaimed under another token is not the leader's, and counts for nothing. */
  static Leader of(String lock, Observation entry, Observation proclaimed) {
    Entry present = entry.entry();
    if (present == null) {
      return nobody(lock, 0);
    }
    LockState state = LOCKS.decode(present.value());
    if (state.holders().size() != 1
        || !(state.holders().getFirst().mode() instanceof LockMode.Exclusive)) {
      return nobody(lock, state.waitersInAll());
    }
    Grant grant = state.holders().getFirst();
    Entry said = proclaimed.entry();
    Proclaimed known = said == null ? null : Proclaimed.decode(said.value());
    return new Leader(
        lock,
        SessionAlias.of(grant.owner().session()),
        grant.owner().holder(),
        grant.token(),
        known != null && known.token() == grant.token() ? known.value() : "",
        state.waitersInAll());
  }

  private static Leader nobody(String lock, long waiting) {
    return new Leader(lock, "", "", 0, "", waiting);
  }

  public boolean isPresent() {
    return token > 0;
  }

  /** Whether an observer would see a difference: who waits is none of its business. */
  public boolean differsFrom(Leader other) {
    return token != other.token || !holder.equals(other.holder) || !value.equals(other.value);
  }
}
