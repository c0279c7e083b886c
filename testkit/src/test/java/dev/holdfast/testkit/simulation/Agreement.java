// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the coordinator promises, and nothing more: one order of commits with revisions, the
 * conditions of the SPI, each process' numbered batches with their first results (R1), and leases
 * that are renewed by rounds and ended by a commit.
 */
final class Agreement {
  static final String NAME = "log";
  static final long LEASE_MILLIS = 1_500;

  private final World world;
  private final Rules rules;
  private final Judge judge;
  private final Table table = new Table();
  private final List<Table.Delta> log = new ArrayList<>();
  private final Map<String, Remembered> batches = new TreeMap<>();
  private final Map<Long, Lease> leases = new TreeMap<>();
  private Consumer<Long> onCommit = revision -> {};
  private long lastLease;
  private boolean leaderless;

  private record Remembered(long number, List<Result> results) {}

  /** What a proposal led to. */
  sealed interface Result {
    record Settled(CommitResult result) implements Result {}

    record LeaseOpened(long lease) implements Result {}

    /** A leased entry, without a lease. */
    record LeaseGone() implements Result {}
  }

  /** What can be proposed. */
  sealed interface Command {
    record Commit(Transaction transaction, long lease) implements Command {}

    record OpenLease(String node) implements Command {}
  }

  private static final class Lease {
    final List<EntryKey> keys = new ArrayList<>();
    long deadline;
  }

  Agreement(World world, Rules rules, Judge judge) {
    this.world = world;
    this.rules = rules;
    this.judge = judge;
    judge.watch(table);
  }

  void onCommit(Consumer<Long> listener) {
    onCommit = listener;
  }

  Table table() {
    return table;
  }

  long revision() {
    return table.revision();
  }

  List<Table.Delta> logFrom(long revision, long to) {
    return log.subList((int) revision, (int) to);
  }

  /** Nothing is agreed on until there is a leader again, who gives every lease its full time. */
  void leaderless(boolean without) {
    if (leaderless != without) {
      world.trace(NAME, without ? "has no leader" : "has a leader");
      leaderless = without;
      if (!without) {
        leases.forEach((id, lease) -> extend(id, lease));
      }
    }
  }

  /** The results of a batch; null while there is no leader. A batch has its effect once. */
  @Nullable List<Result> deliver(String process, long number, List<Command> commands) {
    if (leaderless) {
      return null;
    }
    Remembered known = batches.get(process);
    if (known != null && rules.remembersBatches()) {
      if (known.number == number) {
        return known.results;
      }
      if (known.number > number) {
        return List.of(); // Nobody waits for it any more.
      }
    }
    List<Result> results = commands.stream().map(command -> apply(process, command)).toList();
    batches.put(process, new Remembered(number, results));
    return results;
  }

  private Result apply(String process, Command command) {
    return switch (command) {
      case Command.Commit commit -> commit(process, commit);
      case Command.OpenLease _ -> {
        Lease lease = new Lease();
        leases.put(++lastLease, lease);
        extend(lastLease, lease);
        yield new Result.LeaseOpened(lastLease);
      }
    };
  }

  private Result commit(String process, Command.Commit commit) {
    Transaction transaction = commit.transaction();
    boolean leased = transaction.changes().stream().anyMatch(Change.PutLeased.class::isInstance);
    if (leased && !leases.containsKey(commit.lease())) {
      return new Result.LeaseGone();
    }
    List<Observation> failed =
        transaction.conditions().stream()
            .filter(condition -> !table.holds(condition))
            .map(Condition::key)
            .distinct()
            .map(table::observe)
            .toList();
    if (!failed.isEmpty()) {
      return new Result.Settled(new CommitResult.Conflict(failed));
    }
    if (!transaction.changes().isEmpty()) {
      long revision = table.revision() + 1;
      List<Observation> changed =
          transaction.changes().stream().map(change -> after(change, revision)).toList();
      publish(process, new Table.Delta(revision, changed));
      for (Change change : transaction.changes()) {
        leases.values().forEach(lease -> lease.keys.remove(change.key()));
        if (change instanceof Change.PutLeased put) {
          holder(commit.lease()).keys.add(put.key());
        }
      }
    }
    return new Result.Settled(new CommitResult.Committed(table.revision()));
  }

  private Lease holder(long id) {
    Lease lease = leases.get(id);
    if (lease == null) {
      throw new IllegalStateException("no lease " + id);
    }
    return lease;
  }

  private Observation after(Change change, long revision) {
    EntryKey key = change.key();
    long lastDeleted = table.observe(key).lastDeleted();
    return switch (change) {
      case Change.Put put ->
          new Observation(
              key, new Entry(key, put.value(), revision, revision), lastDeleted, revision);
      case Change.PutLeased put ->
          new Observation(
              key, new Entry(key, put.value(), revision, revision), lastDeleted, revision);
      case Change.Delete _ -> new Observation(key, null, revision, revision);
    };
  }

  private void publish(String process, Table.Delta delta) {
    StringBuilder text =
        new StringBuilder("r").append(delta.revision()).append(" by ").append(process);
    for (Observation changed : delta.changed()) {
      text.append(changed.isPresent() ? " +" : " -").append(changed.key().value());
    }
    world.trace(NAME, text.toString());
    log.add(delta);
    table.apply(delta);
    judge.committed(delta);
    onCommit.accept(delta.revision());
  }

  /** The revision that a round of this moment proves; -1 while there is no leader. */
  long round() {
    return leaderless ? -1 : table.revision();
  }

  /** As {@link #round}, and extends a lease; -2 when it has ended. */
  long renew(long id) {
    if (leaderless) {
      return -1;
    }
    Lease lease = leases.get(id);
    if (lease == null) {
      return -2;
    }
    extend(id, lease);
    return table.revision();
  }

  private void extend(long id, Lease lease) {
    lease.deadline = world.now() + LEASE_MILLIS * World.MILLIS;
    world.after(LEASE_MILLIS * World.MILLIS, () -> expire(id));
  }

  private void expire(long id) {
    Lease lease = leases.get(id);
    if (lease == null || lease.deadline > world.now() || leaderless) {
      return;
    }
    leases.remove(id);
    if (!lease.keys.isEmpty()) {
      long revision = table.revision() + 1;
      List<Observation> gone =
          lease.keys.stream().map(key -> new Observation(key, null, revision, revision)).toList();
      publish("lease " + id, new Table.Delta(revision, gone));
    }
  }
}
