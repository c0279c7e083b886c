// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.election;

import dev.holdfast.core.Keys;
import dev.holdfast.core.election.Proclaimed;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what was proclaimed under grants that are over, so that a thousand short leaderships cost
 * nothing afterwards. Nobody relies on it: such a value counts for nothing already. Run by one
 * thread.
 */
public final class ProclamationSweeper implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ProclamationSweeper.class);
  private static final int PAGE = 1_000;

  private final Coordinator coordinator;
  private final ElectionService elections;
  private final Homes homes;

  public ProclamationSweeper(Coordinator coordinator, ElectionService elections, Homes homes) {
    this.coordinator = coordinator;
    this.elections = elections;
    this.homes = homes;
  }

  @Override
  public void run() {
    EntryKey after = null;
    do {
      Coordinator.Page page = coordinator.scanLocal(Keys.PROCLAIMED, after, PAGE);
      page.entries().stream().filter(entry -> homes.isHome(entry.key())).forEach(this::look);
      after = page.next();
    } while (after != null);
  }

  private void look(Entry entry) {
    String lock = Keys.proclaimedOf(entry.key()).orElseThrow();
    Proclaimed known = Proclaimed.decode(entry.value());
    EntryKey key = Keys.claim(known.owner().session(), lock, known.owner().holder());
    Entry claim = coordinator.readLocal(key).observation().entry();
    boolean holds =
        claim != null
            && ClaimCodec.decode(claim.value()) instanceof Claim.Held held
            && held.token() == known.token();
    if (!holds) {
      try {
        elections.sweep(lock, known);
      } catch (CoordinatorException e) {
        LOG.debug("What {} proclaimed is deleted later: {}", lock, e.getMessage());
      }
    }
  }
}
