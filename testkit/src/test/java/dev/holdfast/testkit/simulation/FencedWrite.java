// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.core.lock.Grant;
import dev.holdfast.core.lock.LockTransition;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.testkit.simulation.Outcome.Done;
import java.util.List;

/** {@code LockFences} of a node, and a write under the condition that it gives. */
final class FencedWrite {
  static final String REGISTERS = "register/";

  private static final long TIMEOUT_NANOS = 5 * World.SECONDS;

  private FencedWrite() {}

  static void run(SimulatedNode node, String lock, long token, Bytes value) {
    node.agreement.read(
        TIMEOUT_NANOS,
        outcome -> {
          Entry entry =
              outcome instanceof Done<Table>(Table table)
                  ? table.observe(Keys.lock(lock)).entry()
                  : null;
          if (entry != null) {
            new LockTransition()
                .decode(entry.value()).holders().stream()
                    .filter(grant -> grant.token() == token)
                    .findFirst()
                    .ifPresent(grant -> readClaim(node, lock, grant, value));
          }
        });
  }

  private static void readClaim(SimulatedNode node, String lock, Grant grant, Bytes value) {
    EntryKey key = Keys.claim(grant.owner().session(), lock, grant.owner().holder());
    node.agreement.read(
        TIMEOUT_NANOS,
        outcome -> {
          Entry entry =
              outcome instanceof Done<Table>(Table table) ? table.observe(key).entry() : null;
          if (entry != null
              && ClaimCodec.decode(entry.value()) instanceof Claim.Held held
              && held.token() == grant.token()) {
            write(node, lock, new Condition.AtVersion(key, entry.version()), value);
          }
        });
  }

  private static void write(SimulatedNode node, String lock, Condition fence, Bytes value) {
    Change put = new Change.Put(new EntryKey(REGISTERS + lock), value);
    node.step(() ->
        node.agreement.commit(
            new Transaction(List.of(fence), List.of(put)), TIMEOUT_NANOS, outcome -> {}));
  }
}
