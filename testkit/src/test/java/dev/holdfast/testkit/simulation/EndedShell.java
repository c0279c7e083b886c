// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.testkit.simulation.Outcome.Done;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** {@code EndedSessions} of a node, without its threads. */
final class EndedShell {
  private static final long TIMEOUT_NANOS = 10 * World.SECONDS;

  private final SimulatedNode node;
  private final Set<String> busy = new TreeSet<>();
  private Set<String> seenBefore = Set.of();

  EndedShell(SimulatedNode node) {
    this.node = node;
  }

  void see(Observation observation) {
    if (observation.isPresent() && node.isHome(observation.key())) {
      releaseSoon(Keys.endedOf(observation.key()).orElseThrow());
    }
  }

  void resync() {
    ended().stream().filter(id -> node.isHome(Keys.ended(id))).forEach(this::releaseSoon);
  }

  void secondLook() {
    Set<String> now = ended();
    now.stream().filter(seenBefore::contains).forEach(this::releaseSoon);
    seenBefore = now;
  }

  private Set<String> ended() {
    return node.agreement.scanLocal(Keys.ENDED).stream()
        .map(entry -> Keys.endedOf(entry.key()).orElseThrow())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void releaseSoon(String session) {
    if (busy.add(session)) {
      node.step(() -> release(session));
    }
  }

  private void release(String session) {
    node.agreement.read(
        TIMEOUT_NANOS,
        outcome -> {
          if (outcome instanceof Done<Table>(Table table)) {
            List<Entry> claims = table.scan(Keys.claimsOf(session));
            if (claims.isEmpty()) {
              forget(session);
            } else {
              release(session, claims);
            }
          } else {
            busy.remove(session);
          }
        });
  }

  private void release(String session, List<Entry> claims) {
    int[] left = {claims.size()};
    boolean[] failed = {false};
    for (Entry entry : claims) {
      Keys.ClaimKey claim = Keys.claimOf(entry.key()).orElseThrow();
      node.locks.endHolder(
          claim.lock(),
          new Owner(claim.session(), claim.holder()),
          outcome -> {
            failed[0] |= !(outcome instanceof Done<?>);
            if (--left[0] > 0) {
              return;
            }
            if (failed[0]) {
              busy.remove(session);
            } else {
              release(session);
            }
          });
    }
  }

  private void forget(String session) {
    node.agreement.commit(
        new Transaction(List.of(), List.of(new Change.Delete(Keys.ended(session)))),
        TIMEOUT_NANOS,
        outcome -> busy.remove(session));
  }
}
