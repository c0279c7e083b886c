package dev.holdfast.node.transact;

import dev.holdfast.core.transition.Answer;
import dev.holdfast.core.transition.Fold;
import dev.holdfast.core.transition.Transition;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the commands of one kind of entry. Each entry that has commands waiting has a lane, served
 * by one virtual thread: it folds what waits, commits, answers, and goes on with what has come
 * meanwhile. So a busy entry makes one commit for many commands, and a quiet one pays no delay.
 *
 * <p>Nothing here is a matter of safety: two nodes may both run an entry's commands, and one
 * compare-and-set wins.
 */
public final class Transactor<S, C, R> {
  static final int FOLD_COMMANDS_MAX = 512;
  static final int LANE_COMMANDS_MAX = 20_000;

  private static final Logger LOG = LoggerFactory.getLogger(Transactor.class);
  private static final int ATTEMPTS_MAX = 50;
  private static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(5);

  /** How long commands that nobody waits for stay open for others to share their commit. */
  private static final Duration COMPANY_MAX = Duration.ofMillis(3);

  /** So many share a commit well enough, and to fold them anew for each that comes is cheap. */
  private static final int COMPANY_COMMANDS_MAX = 16;

  private final Transition<S, C, R> transition;
  private final Coordinator coordinator;
  private final Meter meter;
  private final long companyNanos;
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
    while (true) {
      Lane<C, R> lane = lanes.computeIfAbsent(key, Lane::new);
      switch (lane.add(pending, LANE_COMMANDS_MAX)) {
        case START -> Thread.ofVirtual().name("lane " + key).start(() -> serve(lane));
        case QUEUED -> {}
        case FULL ->
            throw new UnavailableException(
                LANE_COMMANDS_MAX + " commands wait for " + key + " already");
        case RETIRED -> {
          lanes.remove(key, lane);
          continue;
        }
      }
      return pending.await(lane, timeout);
    }
  }

  /** Commands that wait for this entry and that nobody has taken yet. */
  int waiting(EntryKey key) {
    Lane<C, R> lane = lanes.get(key);
    return lane == null ? 0 : lane.waiting();
  }

  private void serve(Lane<C, R> lane) {
    while (true) {
      List<Pending<C, R>> taken = lane.take(FOLD_COMMANDS_MAX);
      if (taken.isEmpty()) {
        lanes.remove(lane.key, lane);
        return;
      }
      try {
        settle(lane, taken);
      } catch (RuntimeException e) {
        // Those that were answered before keep their answer.
        taken.forEach(pending -> pending.fail(e));
      } catch (Error e) {
        // Nobody else would ever serve this lane.
        taken.forEach(pending -> pending.fail(new IllegalStateException(lane.key + " failed", e)));
        LOG.error("The commands of {} failed", lane.key, e);
      }
    }
  }

  private void settle(Lane<C, R> lane, List<Pending<C, R>> taken) {
    Fold<S, C, R> fold = foldWithCompany(lane, taken);
    List<Pending<C, R>> open = new ArrayList<>(taken);
    while (true) {
      open.subList(0, commit(lane.key, fold, open)).clear();
      if (open.isEmpty()) {
        return;
      }
      fold = Fold.of(transition, latest(lane.key), commands(open));
    }
  }

  /**
   * Adds what comes within a moment, as long as nothing in the fold is urgent. A client that gives
   * a lock back often asks for it again: both fit into one commit. And those that only have to wait
   * in line fit into the commit that serves the next of them.
   */
  private Fold<S, C, R> foldWithCompany(Lane<C, R> lane, List<Pending<C, R>> taken) {
    Fold<S, C, R> fold = Fold.of(transition, latest(lane.key), commands(taken));
    long deadline = System.nanoTime() + companyNanos;
    while (fold.taken() == taken.size()
        && taken.size() < COMPANY_COMMANDS_MAX
        && !fold.isUrgent()) {
      List<Pending<C, R>> company =
          lane.takeWithin(deadline - System.nanoTime(), FOLD_COMMANDS_MAX - taken.size());
      if (company.isEmpty()) {
        return fold;
      }
      taken.addAll(company);
      fold = Fold.of(transition, latest(lane.key), commands(taken));
    }
    return fold;
  }

  private static <C, R> List<C> commands(List<Pending<C, R>> pending) {
    return pending.stream().map(each -> each.command).toList();
  }

  /** What is known without asking: applied here, or committed by this very transactor. */
  private Observation latest(EntryKey key) {
    Observation applied = coordinator.readLocal(key).observation();
    Observation own = recent.get(key);
    return own != null && own.revision() > applied.revision() ? own : applied;
  }

  /** Commits a fold, over conflicts, and answers its commands; returns how many these were. */
  private int commit(EntryKey key, Fold<S, C, R> begun, List<Pending<C, R>> open) {
    Fold<S, C, R> fold = begun;
    boolean proven = false;
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      Optional<dev.holdfast.spi.coordinator.Transaction> transaction = fold.transaction();
      if (transaction.isEmpty()) {
        Observation now = proven ? fold.entry() : coordinator.read(key, COMMIT_TIMEOUT);
        if (sameVersion(now, fold.entry())) {
          answer(fold, open, now.revision());
          return fold.taken();
        }
        fold = Fold.of(transition, now, commands(open));
        proven = true;
        continue;
      }
      CommitResult result;
      try {
        result = coordinator.commit(transaction.get(), COMMIT_TIMEOUT);
      } catch (OutcomeUnknownException e) {
        // Only of those that were handed over; the others wait for the next fold.
        open.subList(0, fold.taken()).forEach(pending -> pending.fail(e));
        return fold.taken();
      }
      switch (result) {
        case CommitResult.Committed(long revision) -> {
          recent.committed(fold.entry(), transaction.get(), revision);
          meter.count("transact.commits", 1);
          meter.record("transact.fold.commands", fold.taken());
          answer(fold, open, revision);
          return fold.taken();
        }
        case CommitResult.Conflict(List<Observation> failed) -> {
          meter.count("transact.conflicts", 1);
          fold = fold.afterConflict(failed);
          proven = false;
        }
      }
    }
    throw new UnavailableException(key + " stayed contended over " + ATTEMPTS_MAX + " attempts");
  }

  /** No change between two observations: equal versions, or absent and not deleted in between. */
  private static boolean sameVersion(Observation now, Observation before) {
    if (now.entry() != null && before.entry() != null) {
      return now.entry().version() == before.entry().version();
    }
    return now.entry() == null && before.entry() == null && now.lastDeleted() <= before.revision();
  }

  private void answer(Fold<S, C, R> fold, List<Pending<C, R>> open, long revision) {
    List<Answer<R>> answers = fold.answers();
    meter.count("transact.commands", answers.size());
    for (int i = 0; i < answers.size(); i++) {
      Pending<C, R> pending = open.get(i);
      switch (answers.get(i)) {
        case Answer.Decided<R>(R reply) -> pending.settle(new Settled<>(reply, revision));
        case Answer.Refused<R>(R reply) -> pending.settle(new Settled<>(reply, revision));
        case Answer.TooLarge<R>(var limit) -> pending.fail(limit);
      }
    }
  }
}
