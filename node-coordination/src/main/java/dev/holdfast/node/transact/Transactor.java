package dev.holdfast.node.transact;

import dev.holdfast.core.transition.Fold;
import dev.holdfast.core.transition.Transition;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the commands of one kind of entry. Each entry that has commands waiting has a {@link Lane}:
 * what waits is folded, committed and answered in one {@link Round}, and then what has come
 * meanwhile. So a busy entry makes one commit for many commands, and a quiet one pays no delay.
 *
 * <p>No thread belongs to a lane. A command that finds it idle is folded by its caller; the thread
 * that brings the result of a commit answers it, and folds the next.
 *
 * <p>Nothing here is a matter of safety: two nodes may both run an entry's commands, and one
 * compare-and-set wins.
 */
public final class Transactor<S, C, R> {
  static final int FOLD_COMMANDS_MAX = 512;
  static final int LANE_COMMANDS_MAX = 20_000;
  static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(Transactor.class);

  /** How long commands that nobody waits for stay open for others to share their commit. */
  private static final Duration COMPANY_MAX = Duration.ofMillis(3);

  /** So many share a commit well enough, and to fold them anew for each that comes is cheap. */
  private static final int COMPANY_COMMANDS_MAX = 16;

  final Transition<S, C, R> transition;
  final Coordinator coordinator;
  final Meter meter;
  private final long companyNanos;
  private final Company<C, R> company = new Company<>(this::serve);
  private final ConcurrentHashMap<EntryKey, Lane<C, R>> lanes = new ConcurrentHashMap<>();
  private final RecentEntries recent = new RecentEntries();

  public Transactor(Transition<S, C, R> transition, Coordinator coordinator, Meter meter) {
    this(transition, coordinator, meter, COMPANY_MAX);
  }

  Transactor(
      Transition<S, C, R> transition, Coordinator coordinator, Meter meter, Duration company) {
    this.transition = transition;
    this.coordinator = coordinator;
    this.meter = meter;
    this.companyNanos = company.toNanos();
  }

  /**
   * Runs a command and waits for its reply.
   *
   * @throws dev.holdfast.spi.coordinator.CoordinatorException as {@link Coordinator#commit}
   */
  public Settled<R> submit(EntryKey key, C command, Duration timeout) {
    Pending<C, R> pending = new Pending<>(command);
    return pending.await(add(key, pending), timeout);
  }

  /**
   * Runs a command without a thread that waits. The reply comes on a thread that has more to do: do
   * not block it. Fails as {@link #submit}; a command that is still queued after the timeout is
   * refused when its turn comes.
   */
  public CompletableFuture<Settled<R>> submitAsync(EntryKey key, C command, Duration timeout) {
    Pending<C, R> pending = new Pending<>(command, timeout);
    try {
      var _ = add(key, pending);
    } catch (UnavailableException e) {
      pending.fail(e);
    }
    return pending.settled;
  }

  private Lane<C, R> add(EntryKey key, Pending<C, R> pending) {
    while (true) {
      Lane<C, R> lane = lanes.computeIfAbsent(key, Lane::new);
      switch (lane.add(pending, LANE_COMMANDS_MAX)) {
        case START -> {
          serve(lane);
          return lane;
        }
        case QUEUED -> {
          return lane;
        }
        case FULL ->
            throw new UnavailableException(
                LANE_COMMANDS_MAX + " commands wait for " + key + " already");
        case RETIRED -> lanes.remove(key, lane);
      }
    }
  }

  /** Commands that wait for this entry and that nobody has taken yet. */
  int waiting(EntryKey key) {
    Lane<C, R> lane = lanes.get(key);
    return lane == null ? 0 : lane.waiting();
  }

  /**
   * For whoever has the turn of a lane: begins the next round, or ends the turn.
   *
   * <p>As long as nothing in the fold is urgent, it waits a moment for what else may come. A client
   * that gives a lock back often asks for it again: both fit into one commit. And those that only
   * have to wait in line fit into the commit that serves the next of them.
   */
  void serve(Lane<C, R> lane) {
    boolean served = false;
    while (!served) {
      List<Pending<C, R>> taken = lane.take(FOLD_COMMANDS_MAX);
      if (taken.isEmpty()) {
        lanes.remove(lane.key, lane);
        return;
      }
      long now = System.nanoTime();
      if (taken.removeIf(pending -> pending.refusedAsOverdue(now)) && taken.isEmpty()) {
        continue;
      }
      try {
        served = serve(lane, taken);
      } catch (RuntimeException | Error e) {
        fail(lane, taken, e);
      }
    }
  }

  /** False when there is more to take before the fold is worth its commit. */
  private boolean serve(Lane<C, R> lane, List<Pending<C, R>> taken) {
    Fold<S, C, R> fold = Fold.of(transition, latest(lane.key), commands(taken));
    if (fold.taken() == taken.size() && taken.size() < COMPANY_COMMANDS_MAX && !fold.isUrgent()) {
      long now = System.nanoTime();
      switch (lane.park(taken, now, companyNanos)) {
        case FIRST -> {
          company.park(lane, now + companyNanos);
          return true;
        }
        case AGAIN -> {
          return true;
        }
        case MORE -> {
          return false;
        }
        case DUE -> {}
      }
    }
    lane.close();
    new Round<>(this, lane, taken, fold).begin();
    return true;
  }

  static <C, R> List<C> commands(List<Pending<C, R>> pending) {
    return pending.stream().map(each -> each.command).toList();
  }

  /** What is known without asking: applied here, or committed by this very transactor. */
  Observation latest(EntryKey key) {
    Observation applied = coordinator.readLocal(key).observation();
    Observation own = recent.get(key);
    return own != null && own.revision() > applied.revision() ? own : applied;
  }

  void committed(Fold<S, C, R> fold, long revision) {
    recent.committed(fold.entryAfter(revision));
    meter.count("transact.commits", 1);
    meter.record("transact.fold.commands", fold.taken());
  }

  /** Those that were answered before keep their answer. */
  void fail(Lane<C, R> lane, List<Pending<C, R>> open, Throwable error) {
    if (error instanceof RuntimeException known) {
      open.forEach(pending -> pending.fail(known));
      return;
    }
    // Nobody else would ever answer them.
    open.forEach(pending -> pending.fail(new IllegalStateException(lane.key + " failed", error)));
    LOG.error("The commands of {} failed", lane.key, error);
  }
}
