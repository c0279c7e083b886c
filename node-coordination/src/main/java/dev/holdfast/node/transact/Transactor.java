// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import dev.holdfast.core.transition.CommandBatch;
import dev.holdfast.core.transition.Transition;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.system.Deadline;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the commands of one kind of entry. Each entry that has commands waiting has a {@link
 * CommandQueue}: what waits is folded, committed and answered in one {@link Round}, and then what
 * has come meanwhile. So a busy entry makes one commit for many commands, and a quiet one pays no
 * delay.
 *
 * <p>No thread belongs to a queue. A command that finds it idle is folded by its caller; the thread
 * that brings the result of a commit answers it, and batches the next.
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

  /** So many share a commit well enough, and to batch them anew for each that comes is cheap. */
  private static final int COMPANY_COMMANDS_MAX = 16;

  final Transition<S, C, R> transition;
  final Coordinator coordinator;
  final Meter meter;
  private final long companyNanos;
  private final LongSupplier nanos;
  private final Company<C, R> company;
  private final ConcurrentHashMap<EntryKey, CommandQueue<C, R>> queues = new ConcurrentHashMap<>();
  private final RecentEntries recent = new RecentEntries();

  public Transactor(
      Transition<S, C, R> transition, Coordinator coordinator, Meter meter, LongSupplier nanos) {
    this(transition, coordinator, meter, COMPANY_MAX, nanos);
  }

  Transactor(
      Transition<S, C, R> transition,
      Coordinator coordinator,
      Meter meter,
      Duration company,
      LongSupplier nanos) {
    this.transition = transition;
    this.coordinator = coordinator;
    this.meter = meter;
    this.companyNanos = company.toNanos();
    this.nanos = nanos;
    this.company = new Company<>(this::serve, nanos);
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
    Pending<C, R> pending = new Pending<>(command, Deadline.after(timeout, nanos));
    try {
      var _ = add(key, pending);
    } catch (UnavailableException e) {
      pending.fail(e);
    }
    return pending.settled;
  }

  private CommandQueue<C, R> add(EntryKey key, Pending<C, R> pending) {
    while (true) {
      CommandQueue<C, R> queue = queues.computeIfAbsent(key, CommandQueue::new);
      switch (queue.add(pending, LANE_COMMANDS_MAX)) {
        case START -> {
          serve(queue);
          return queue;
        }
        case QUEUED -> {
          return queue;
        }
        case FULL ->
            throw new UnavailableException(
                LANE_COMMANDS_MAX + " commands wait for " + key + " already");
        case RETIRED -> queues.remove(key, queue);
      }
    }
  }

  /** Commands that wait for this entry and that nobody has taken yet. */
  int waiting(EntryKey key) {
    CommandQueue<C, R> queue = queues.get(key);
    return queue == null ? 0 : queue.waiting();
  }

  /**
   * For whoever has the turn of a queue: begins the next round, or ends the turn.
   *
   * <p>As long as nothing in the batch is urgent, it waits a moment for what else may come. A
   * client that gives a lock back often asks for it again: both fit into one commit. And those that
   * only have to wait in line fit into the commit that serves the next of them.
   */
  void serve(CommandQueue<C, R> queue) {
    boolean served = false;
    while (!served) {
      List<Pending<C, R>> taken = queue.take(FOLD_COMMANDS_MAX);
      if (taken.isEmpty()) {
        queues.remove(queue.key, queue);
        return;
      }
      if (taken.removeIf(Pending::refusedAsOverdue) && taken.isEmpty()) {
        continue;
      }
      try {
        served = serve(queue, taken);
      } catch (RuntimeException | Error e) {
        fail(queue, taken, e);
      }
    }
  }

  /** False when there is more to take before the batch is worth its commit. */
  private boolean serve(CommandQueue<C, R> queue, List<Pending<C, R>> taken) {
    CommandBatch<S, C, R> batch = CommandBatch.of(transition, latest(queue.key), commands(taken));
    if (batch.taken() == taken.size() && taken.size() < COMPANY_COMMANDS_MAX && !batch.isUrgent()) {
      long now = nanos.getAsLong();
      switch (queue.park(taken, now, companyNanos)) {
        case FIRST -> {
          company.park(queue, now + companyNanos);
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
    queue.close();
    new Round<>(this, queue, taken, batch).begin();
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

  void committed(CommandBatch<S, C, R> batch, long revision) {
    recent.committed(batch.entryAfter(revision));
    meter.count("transact.commits", 1);
    meter.record("transact.batch.commands", batch.taken());
  }

  /** Those that were answered before keep their answer. */
  void fail(CommandQueue<C, R> queue, List<Pending<C, R>> open, Throwable error) {
    if (error instanceof RuntimeException known) {
      open.forEach(pending -> pending.fail(known));
      return;
    }
    // Nobody else would ever answer them.
    open.forEach(pending -> pending.fail(new IllegalStateException(queue.key + " failed", error)));
    LOG.error("The commands of {} failed", queue.key, error);
  }
}
