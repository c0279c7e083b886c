// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.lock;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockState;
import dev.holdfast.core.lock.LockTransition;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the locks whose home this node is: forgets those that nobody has used since the last
 * look (a lock without holder and waiter must cost nothing), and does the refills that a dead home
 * left undone. Run by one thread.
 */
public final class LockSweeper implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(LockSweeper.class);
  private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(5);
  private static final int PAGE = 1_000;

  private final Coordinator coordinator;
  private final LockGateway gateway;
  private final Homes homes;
  private final LockTransition transition = new LockTransition();
  private Map<EntryKey, Long> idleSince = new HashMap<>();
  private volatile long used;

  public LockSweeper(Coordinator coordinator, LockGateway gateway, Homes homes) {
    this.coordinator = coordinator;
    this.gateway = gateway;
    this.homes = homes;
  }

  @Override
  public void run() {
    Map<EntryKey, Long> idleNow = new HashMap<>();
    EntryKey after = null;
    long usedNow = 0;
    do {
      Coordinator.Page page = coordinator.scanLocal(Keys.LOCKS, after, PAGE);
      for (Entry entry : page.entries()) {
        if (homes.isHome(entry.key())) {
          usedNow += look(entry, idleNow) ? 1 : 0;
        }
      }
      after = page.next();
    } while (after != null);
    idleSince = idleNow;
    used = usedNow;
  }

  /** Locks with this home that were held or waited for when they were last looked at. */
  public long used() {
    return used;
  }

  /** Whether somebody uses the lock. */
  private boolean look(Entry entry, Map<EntryKey, Long> idleNow) {
    String lock = Keys.lockOf(entry.key()).orElseThrow();
    LockState state = transition.decode(entry.value());
    if (state.refillNeeded()) {
      gateway.refillSoon(lock);
      return true;
    }
    if (state.isInUse()) {
      return true;
    }
    Long known = idleSince.get(entry.key());
    if (known == null || known != entry.version()) {
      idleNow.put(entry.key(), entry.version());
      return false;
    }
    try {
      gateway.run(lock, new LockCommand.Forget(), COMMAND_TIMEOUT);
    } catch (CoordinatorException e) {
      LOG.debug("Lock {} will be forgotten later: {}", lock, e.getMessage());
    }
    return false;
  }
}
