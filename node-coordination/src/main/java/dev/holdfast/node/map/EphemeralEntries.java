// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import dev.holdfast.core.Keys;
import dev.holdfast.core.map.Ephemerals;
import dev.holdfast.core.map.Expiry;
import dev.holdfast.core.map.MapValue;
import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.WatchListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the entries of maps whose time is over, or whose session has ended. Fed by the watch of
 * this node; {@link Ephemerals} decides. Each deletion is conditional on the version that was due,
 * so a write that came in between stays.
 *
 * <p>A session has ended when it is absent from a state of this node that holds the entry: the
 * entry was written on the condition that its session exists, and no session comes back under its
 * id. Thread-safe.
 */
public final class EphemeralEntries implements WatchListener, Runnable, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EphemeralEntries.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int PAGE = 1_000;

  /** Many may be due at once, and writes of clients must still get through. */
  private static final int DELETIONS_AT_ONCE_MAX = 128;

  private final Coordinator coordinator;
  private final Homes homes;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Ephemerals ephemerals = new Ephemerals();
  private final Semaphore places = new Semaphore(DELETIONS_AT_ONCE_MAX);
  private final Coordinator.Watch entries;
  private final Coordinator.Watch ends;

  public EphemeralEntries(Coordinator coordinator, Homes homes, LongSupplier nanoTime) {
    this.coordinator = coordinator;
    this.homes = homes;
    this.nanoTime = nanoTime;
    this.entries = coordinator.watch(Keys.MAPS, this);
    this.ends = coordinator.watch(Keys.ENDED, new Ends());
  }

  public int count() {
    lock.lock();
    try {
      return ephemerals.count();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void started(long revision) {
    resync(revision);
  }

  @Override
  public void changed(List<Observation> observations) {
    Set<String> sessions = new HashSet<>();
    lock.lock();
    try {
      for (Observation observation : observations) {
        see(observation.key(), observation.entry(), sessions);
      }
    } finally {
      lock.unlock();
    }
    // After they are known here: an end that is applied later finds them.
    sessions.forEach(this::endIfGone);
  }

  @Override
  public void resync(long revision) {
    Set<EntryKey> present = new HashSet<>();
    Set<String> sessions = new HashSet<>();
    lock.lock();
    try {
      EntryKey after = null;
      do {
        Coordinator.Page page = coordinator.scanLocal(Keys.MAPS, after, PAGE);
        for (Entry entry : page.entries()) {
          if (see(entry.key(), entry, sessions)) {
            present.add(entry.key());
          }
        }
        after = page.next();
      } while (after != null);
      ephemerals.retain(present);
    } finally {
      lock.unlock();
    }
    sessions.forEach(this::endIfGone);
  }

  /** True when it is one of these. */
  private boolean see(EntryKey key, @Nullable Entry entry, Set<String> sessions) {
    if (entry == null) {
      ephemerals.gone(key);
      return false;
    }
    Expiry expiry = expiry(entry);
    ephemerals.seen(key, entry.version(), expiry, nanoTime.getAsLong());
    if (expiry instanceof Expiry.WithSession(String session)) {
      sessions.add(session);
    }
    return !expiry.equals(Expiry.NEVER);
  }

  /** An entry that this version cannot read is left alone. */
  private static Expiry expiry(Entry entry) {
    try {
      return MapValue.expiry(entry.value());
    } catch (UnreadableEntryException e) {
      LOG.warn("The expiry of {} cannot be read here", entry.key(), e);
      return Expiry.NEVER;
    }
  }

  private void endIfGone(String session) {
    if (coordinator.readLocal(Keys.session(session)).observation().isPresent()) {
      return;
    }
    lock.lock();
    try {
      ephemerals.ended(session, nanoTime.getAsLong());
    } finally {
      lock.unlock();
    }
  }

  /** Whatever happens to the trace of an ended session says that it has ended. */
  private final class Ends implements WatchListener {
    @Override
    public void started(long revision) {
      resync(revision);
    }

    @Override
    public void changed(List<Observation> observations) {
      for (Observation observation : observations) {
        Keys.endedOf(observation.key()).ifPresent(EphemeralEntries.this::endIfGone);
      }
    }

    @Override
    public void resync(long revision) {
      sessions().forEach(EphemeralEntries.this::endIfGone);
    }
  }

  private Set<String> sessions() {
    lock.lock();
    try {
      return ephemerals.sessions();
    } finally {
      lock.unlock();
    }
  }

  /** Deletes what is due; run every moment by one thread. */
  @Override
  public void run() {
    List<Ephemerals.Overdue> overdue;
    do {
      overdue = take(places.availablePermits());
      overdue.forEach(this::delete);
    } while (!overdue.isEmpty());
  }

  private List<Ephemerals.Overdue> take(int most) {
    lock.lock();
    try {
      return ephemerals.take(nanoTime.getAsLong(), most, homes::isHome);
    } finally {
      lock.unlock();
    }
  }

  /** A failure needs nothing here: what is still there is handed out again. */
  private void delete(Ephemerals.Overdue overdue) {
    List<Condition> conditions = new ArrayList<>(2);
    conditions.add(new Condition.AtVersion(overdue.key(), overdue.version()));
    if (overdue.expiry() instanceof Expiry.WithSession(String session)) {
      Observation now = coordinator.readLocal(Keys.session(session)).observation();
      if (now.isPresent()) {
        lives(session);
        return;
      }
      conditions.add(now.unchanged());
    }
    places.acquireUninterruptibly();
    var _ =
        coordinator
            .commitAsync(
                new Transaction(conditions, List.of(new Change.Delete(overdue.key()))), TIMEOUT)
            .whenComplete((result, error) -> {
              places.release();
              LOG.debug("{} is over: {}", overdue, result == null ? error : result);
            });
  }

  private void lives(String session) {
    lock.lock();
    try {
      ephemerals.lives(session);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    ends.close();
    entries.close();
  }
}
