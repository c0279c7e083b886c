// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.Keys;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.testkit.simulation.Outcome.Done;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One node's end of the agreement: what it has applied, its one batch in flight, its reads, its
 * watch and its lease, as the Raft coordinator has them.
 */
final class NodeAgreement {
  private static final long RESEND_NANOS = 300 * World.MILLIS;
  private static final long RENEW_NANOS = Agreement.LEASE_MILLIS * World.MILLIS / 4;
  private static final long RENEW_AGAIN_NANOS = 50 * World.MILLIS;
  private static final long VALID_NANOS =
      (Agreement.LEASE_MILLIS - Agreement.LEASE_MILLIS / 10) * World.MILLIS;

  private final Program node;
  private final World world;
  private final Network network;
  private final Agreement agreement;
  private final Rules rules;
  private final SplittableRandom random;

  // On disk.
  private Table table = new Table();

  // Of this life.
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private final List<Reader> readers = new ArrayList<>();
  private final List<Observation> untold = new ArrayList<>();
  private List<Waiting> inFlight = List.of();
  private long batchNumber;
  private boolean telling;
  private Listener listener = new Listener() {};
  private long leaseId;
  private boolean connected;
  private boolean wasConnected;
  private long validUntilNanos;
  private long provenRevision;

  /** Told on the node's watch thread. */
  interface Listener {
    default void changed(List<Observation> observations) {}

    default void resync() {}
  }

  private record Reader(long revision, Runnable then) {}

  private static final class Waiting {
    final Agreement.Command command;
    final Consumer<Outcome<Agreement.Result>> then;
    boolean settled;

    Waiting(Agreement.Command command, Consumer<Outcome<Agreement.Result>> then) {
      this.command = command;
      this.then = then;
    }

    void settle(Outcome<Agreement.Result> outcome) {
      if (!settled) {
        settled = true;
        then.accept(outcome);
      }
    }
  }

  NodeAgreement(Program node, Network network, Agreement agreement, Rules rules) {
    this.node = node;
    this.world = node.world;
    this.network = network;
    this.agreement = agreement;
    this.rules = rules;
    this.random = world.random("agreement of " + node.name);
  }

  // ---- Life ----

  /** A new life begins, with a log that may end a little earlier than what was applied. */
  void start(Listener newListener) {
    queue.clear();
    readers.clear();
    untold.clear();
    inFlight = List.of();
    telling = false;
    leaseId = 0;
    connected = false;
    wasConnected = false;
    batchNumber = 0;
    long known = Math.max(0, table.revision() - random.nextInt(20));
    table = new Table();
    agreement.logFrom(0, known).forEach(table::apply);
    listener = newListener;
    hearSoon();
    openLease();
  }

  private String process() {
    return node.name + "#" + node.life();
  }

  // ---- What is applied here ----

  Observation readLocal(EntryKey key) {
    return table.observe(key);
  }

  List<Entry> scanLocal(String prefix) {
    return table.scan(prefix);
  }

  long appliedRevision() {
    return table.revision();
  }

  /** The leader tells how far is committed; told again when the way is open again. */
  void hearSoon() {
    int life = node.life();
    long upTo = agreement.revision();
    long lag =
        world.strikes(Fault.APPLY_LAG) && world.options.happens(random, 8)
            ? random.nextLong(2 * World.SECONDS)
            : 0;
    world.after(
        network.delay() + lag,
        () -> {
          if (!network.isCut(node.name, Agreement.NAME)) {
            node.run(life, () -> apply(upTo));
          }
        });
  }

  private void apply(long upTo) {
    if (upTo <= table.revision()) {
      return;
    }
    for (Table.Delta delta : agreement.logFrom(table.revision(), upTo)) {
      table.apply(delta);
      untold.addAll(delta.changed());
    }
    tellSoon();
    List<Reader> ready = readers.stream().filter(r -> r.revision <= table.revision()).toList();
    readers.removeAll(ready);
    ready.forEach(reader -> reader.then.run());
  }

  private void tellSoon() {
    if (telling) {
      return;
    }
    telling = true;
    long lag =
        world.strikes(Fault.WATCH_LAG) && world.options.happens(random, 8)
            ? random.nextLong(World.SECONDS)
            : random.nextLong(World.MILLIS / 2);
    node.later(lag, this::tell);
  }

  private void tell() {
    telling = false;
    List<Observation> told = new ArrayList<>(untold);
    untold.clear();
    if (world.strikes(Fault.RESYNC) && world.options.happens(random, 20)) {
      node.trace("watch: resync");
      listener.resync();
      return;
    }
    told.removeIf(each -> rules.losesWatchEvent(random));
    listener.changed(told);
  }

  /** When this node has applied a revision, or not in time. */
  void whenApplied(long revision, long timeoutNanos, Consumer<Outcome<Long>> then) {
    if (table.revision() >= revision) {
      then.accept(new Done<>(table.revision()));
      return;
    }
    boolean[] settled = {false};
    Runnable done =
        () -> {
          if (!settled[0]) {
            settled[0] = true;
            then.accept(new Done<>(table.revision()));
          }
        };
    readers.add(new Reader(revision, done));
    node.later(
        timeoutNanos,
        () -> {
          if (!settled[0]) {
            settled[0] = true;
            then.accept(Outcome.unavailable());
          }
        });
  }

  // ---- Reads ----

  /** A linearizable view of the table: it holds all that was committed before the call. */
  void read(long timeoutNanos, Consumer<Outcome<Table>> then) {
    boolean[] settled = {false};
    Consumer<Outcome<Table>> once =
        outcome -> {
          if (!settled[0]) {
            settled[0] = true;
            then.accept(outcome);
          }
        };
    askForRound(settled, once, timeoutNanos);
    node.later(timeoutNanos, () -> once.accept(Outcome.unavailable()));
  }

  private void askForRound(boolean[] settled, Consumer<Outcome<Table>> then, long timeoutNanos) {
    if (settled[0]) {
      return;
    }
    int life = node.life();
    network.send(
        node.name,
        Agreement.NAME,
        () -> {
          long proven = agreement.round();
          if (proven >= 0) {
            network.send(
                Agreement.NAME,
                node.name,
                () ->
                    node.run(
                        life,
                        () ->
                            whenApplied(
                                proven,
                                timeoutNanos,
                                outcome -> {
                                  if (outcome instanceof Done<Long>) {
                                    then.accept(new Done<>(table));
                                  }
                                })));
          }
        });
    node.later(RESEND_NANOS, () -> askForRound(settled, then, timeoutNanos));
  }

  // ---- Commits ----

  void commit(Transaction transaction, long timeoutNanos, Consumer<Outcome<CommitResult>> then) {
    propose(
        new Agreement.Command.Commit(transaction, leaseId),
        timeoutNanos,
        outcome -> {
          switch (outcome) {
            case Done<Agreement.Result>(Agreement.Result.Settled settled) ->
                then.accept(new Done<>(settled.result()));
            case Done<Agreement.Result> _ -> then.accept(Outcome.unavailable());
            case Outcome.Failed<Agreement.Result>(Outcome.Problem problem) ->
                then.accept(new Outcome.Failed<>(problem));
          }
        });
  }

  private void propose(
      Agreement.Command command, long timeoutNanos, Consumer<Outcome<Agreement.Result>> then) {
    Waiting waiting = new Waiting(command, then);
    queue.add(waiting);
    node.later(
        timeoutNanos,
        () -> waiting.settle(queue.remove(waiting) ? Outcome.unavailable() : Outcome.unknown()));
    proposeNext();
  }

  private void proposeNext() {
    if (inFlight.isEmpty() && !queue.isEmpty()) {
      inFlight = List.copyOf(queue);
      queue.clear();
      batchNumber++;
      sendBatch(batchNumber);
    }
  }

  /** Until it is answered, whatever those who waited for it were told meanwhile (R1). */
  private void sendBatch(long number) {
    if (number != batchNumber || inFlight.isEmpty()) {
      return;
    }
    int life = node.life();
    String process = process();
    List<Agreement.Command> commands = inFlight.stream().map(each -> each.command).toList();
    network.send(
        node.name,
        Agreement.NAME,
        () -> {
          List<Agreement.Result> results = agreement.deliver(process, number, commands);
          if (results != null) {
            network.send(
                Agreement.NAME, node.name, () -> node.run(life, () -> answered(number, results)));
          }
        });
    node.later(RESEND_NANOS, () -> sendBatch(number));
  }

  private void answered(long number, List<Agreement.Result> results) {
    if (number != batchNumber || inFlight.isEmpty()) {
      return;
    }
    List<Waiting> done = inFlight;
    inFlight = List.of();
    for (int i = 0; i < done.size(); i++) {
      done.get(i).settle(new Done<>(results.get(i)));
    }
    proposeNext();
  }

  // ---- The lease ----

  long leaseId() {
    return leaseId;
  }

  boolean isConnected() {
    return connected;
  }

  long validUntilNanos() {
    return validUntilNanos;
  }

  long provenRevision() {
    return provenRevision;
  }

  private void openLease() {
    propose(
        new Agreement.Command.OpenLease(node.name),
        10 * World.SECONDS,
        outcome -> {
          if (outcome instanceof Done<Agreement.Result>(Agreement.Result.LeaseOpened opened)) {
            node.trace("lease " + opened.lease());
            validUntilNanos = node.clock.nanos();
            leaseId = opened.lease();
            wasConnected = false;
            connected = false;
            register(opened.lease());
            renew(opened.lease());
          } else {
            node.later(RENEW_AGAIN_NANOS, this::openLease);
          }
        });
  }

  private void register(long lease) {
    if (lease != leaseId) {
      return;
    }
    Change put = new Change.PutLeased(Keys.lease(node.name), Bytes.utf8(Long.toString(lease)));
    commit(
        new Transaction(List.of(), List.of(put)),
        5 * World.SECONDS,
        outcome -> {
          if (!(outcome instanceof Done<CommitResult>)) {
            node.later(RENEW_AGAIN_NANOS, () -> register(lease));
          }
        });
  }

  /** One round; the next one when it was answered, or was not. */
  private void renew(long lease) {
    if (lease != leaseId) {
      return;
    }
    long sent = node.clock.nanos();
    int life = node.life();
    boolean[] settled = {false};
    network.send(
        node.name,
        Agreement.NAME,
        () -> {
          long revision = agreement.renew(lease);
          if (revision != -1) {
            network.send(
                Agreement.NAME,
                node.name,
                () -> node.run(life, () -> renewed(lease, sent, revision, settled)));
          }
        });
    node.later(RENEW_NANOS, () -> renewed(lease, sent, -1, settled));
  }

  private void renewed(long lease, long sent, long revision, boolean[] settled) {
    if (settled[0] || lease != leaseId) {
      return;
    }
    settled[0] = true;
    if (revision >= 0) {
      provenRevision = Math.max(provenRevision, revision);
      validUntilNanos = sent + VALID_NANOS;
      connected = true;
      wasConnected = true;
      hearSoon();
      node.later(RENEW_NANOS, () -> renew(lease));
      return;
    }
    connected = false;
    if (revision == -2 || (wasConnected && node.clock.nanos() - validUntilNanos >= 0)) {
      node.trace("lease " + lease + " is lost");
      validUntilNanos = node.clock.nanos();
      openLease();
    } else {
      node.later(RENEW_AGAIN_NANOS, () -> renew(lease));
    }
  }

  /** Whether a node is alive under this very lease, as far as is applied here. */
  boolean isAlive(String otherNode, long lease) {
    @Nullable Entry entry = table.observe(Keys.lease(otherNode)).entry();
    return entry != null && Long.parseLong(entry.value().toUtf8()) == lease;
  }
}
