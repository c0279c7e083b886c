// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.lock;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.Claim;
import dev.holdfast.core.lock.ClaimCodec;
import dev.holdfast.core.lock.ClaimSight;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.core.session.EndedSession;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.WatchListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Releases what ended sessions held and waited for (R17). The home of {@code ended/<id>} does it at
 * once; what is still there at the second look is done by any node, so nobody relies on one home
 * being right. Doing it twice is harmless: every command names its owner.
 *
 * <p>A grant with a delay is left for so long when its session expired. Each node counts from when
 * it first saw that the session had ended, so the delay may be longer, never shorter (R10).
 */
public final class EndedSessions implements WatchListener, Runnable, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EndedSessions.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int PAGE = 500;
  private static final int SESSIONS_AT_ONCE_MAX = 64;

  private final Coordinator coordinator;
  private final LockGateway locks;
  private final Homes homes;
  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<String, Long> firstSeenNanos = new ConcurrentHashMap<>();
  private final ScheduledExecutorService delays =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("lock-delays").daemon().factory());
  private final Set<String> busy = ConcurrentHashMap.newKeySet();
  private final Semaphore places = new Semaphore(SESSIONS_AT_ONCE_MAX);
  private final Coordinator.Watch watch;
  private Set<String> seenBefore = Set.of();

  public EndedSessions(
      Coordinator coordinator, LockGateway locks, Homes homes, LongSupplier nanoTime) {
    this.coordinator = coordinator;
    this.locks = locks;
    this.homes = homes;
    this.nanoTime = nanoTime;
    this.watch = coordinator.watch(Keys.ENDED, this);
  }

  @Override
  public void started(long revision) {
    resync(revision);
  }

  @Override
  public void changed(List<Observation> observations) {
    for (Observation observation : observations) {
      String session = Keys.endedOf(observation.key()).orElseThrow();
      if (!observation.isPresent()) {
        firstSeenNanos.remove(session);
        continue;
      }
      firstSeenNanos.putIfAbsent(session, nanoTime.getAsLong());
      if (homes.isHome(observation.key())) {
        releaseSoon(session);
      }
    }
  }

  @Override
  public void resync(long revision) {
    ended().stream().filter(id -> homes.isHome(Keys.ended(id))).forEach(this::releaseSoon);
  }

  /** The second look; run every few seconds by one thread. */
  @Override
  public void run() {
    Set<String> now = ended();
    now.stream().filter(seenBefore::contains).forEach(this::releaseSoon);
    seenBefore = now;
    firstSeenNanos.keySet().retainAll(now);
  }

  private Set<String> ended() {
    Set<String> ids = new HashSet<>();
    EntryKey after = null;
    do {
      Coordinator.Page page = coordinator.scanLocal(Keys.ENDED, after, PAGE);
      page.entries().forEach(entry -> ids.add(Keys.endedOf(entry.key()).orElseThrow()));
      after = page.next();
    } while (after != null);
    ids.forEach(id -> firstSeenNanos.putIfAbsent(id, nanoTime.getAsLong()));
    return ids;
  }

  private void releaseSoon(String session) {
    if (busy.add(session)) {
      Thread.ofVirtual().name("release " + session).start(() -> release(session));
    }
  }

  private void release(String session) {
    places.acquireUninterruptibly();
    try {
      long delayNanos = releaseAll(session);
      if (delayNanos > 0) {
        var _ = delays.schedule(() -> releaseSoon(session), delayNanos, TimeUnit.NANOSECONDS);
        return;
      }
      while (forgetOperations(session)) {
        // Operations do, too: what was remembered for their retries is of no more use.
      }
      coordinator.commit(
          new Transaction(List.of(), List.of(new Change.Delete(Keys.ended(session)))), TIMEOUT);
    } catch (CoordinatorException e) {
      LOG.info("Claims of session {} will be released later: {}", session, e.getMessage());
    } catch (RuntimeException | Error e) {
      LOG.error("The claims of session {} were not released; it is tried again", session, e);
    } finally {
      places.release();
      busy.remove(session);
    }
  }

  /**
   * Acquires commit on the condition that the session exists: no new claims appear.
   *
   * @return after what time those that are left may be released; 0 when none is
   */
  private long releaseAll(String session) {
    boolean expired = hasExpired(session);
    long elapsed =
        nanoTime.getAsLong() - firstSeenNanos.getOrDefault(session, nanoTime.getAsLong());
    long longest = 0;
    EntryKey after = null;
    do {
      Coordinator.Page page = coordinator.scan(Keys.claimsOf(session), after, PAGE, TIMEOUT);
      List<Entry> due = new ArrayList<>();
      for (Entry claim : page.entries()) {
        long left = expired ? delayNanos(claim) - elapsed : 0;
        longest = Math.max(longest, left);
        if (left <= 0) {
          due.add(claim);
        }
      }
      release(due, page.revision());
      after = page.next();
    } while (after != null);
    return longest;
  }

  private boolean hasExpired(String session) {
    Entry ended = coordinator.readLocal(Keys.ended(session)).observation().entry();
    return ended != null
        && EndedSession.decode(ended.value()).reason() == EndedSession.Reason.EXPIRED;
  }

  private static long delayNanos(Entry claim) {
    return ClaimCodec.decode(claim.value()) instanceof Claim.Held held
        ? TimeUnit.MILLISECONDS.toNanos(held.delayMillis())
        : 0;
  }

  private void release(List<Entry> claims, long revision) {
    try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      Set<Future<?>> all =
          claims.stream()
              .map(claim -> each.submit(() -> endHolder(claim, revision)))
              .collect(Collectors.toSet());
      for (Future<?> one : all) {
        await(one);
      }
    }
  }

  /** True when there may be more. */
  private boolean forgetOperations(String session) {
    Coordinator.Page page =
        coordinator.scan(Keys.operationsOf(session), null, Transaction.CHANGES_MAX, TIMEOUT);
    if (page.entries().isEmpty()) {
      return false;
    }
    List<Change> deletions = new ArrayList<>(page.entries().size());
    page.entries().forEach(entry -> deletions.add(new Change.Delete(entry.key())));
    coordinator.commit(new Transaction(List.of(), deletions), TIMEOUT);
    return page.next() != null;
  }

  private void endHolder(Entry entry, long revision) {
    Keys.ClaimKey claim = Keys.claimOf(entry.key()).orElseThrow();
    Owner owner = new Owner(claim.session(), claim.holder());
    locks.endHolder(claim.lock(), owner, new ClaimSight(entry.version(), revision), TIMEOUT);
  }

  private static void await(Future<?> one) {
    try {
      one.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new dev.holdfast.spi.coordinator.UnavailableException("Interrupted", e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() {
    watch.close();
    delays.shutdownNow();
  }
}
