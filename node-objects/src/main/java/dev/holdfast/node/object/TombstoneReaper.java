// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.cleanup.ReapingPlanner;
import dev.holdfast.core.replication.WritePlan;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.node.cluster.ClusterView;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.store.DeletionLog;
import dev.holdfast.node.store.HeadRow;
import dev.holdfast.node.store.NodeStore;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.placement.ClusterMap;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets deletions that are old, in two steps:
 *
 * <pre>
 *   every holder has it, nobody has more ── commit: head gone, horizon raised ── each node forgets
 * </pre>
 *
 * After the first step the key never was, for everybody; the second one only makes room, and each
 * node does it by itself when it missed the word. For one thread.
 */
public final class TombstoneReaper {
  private static final Logger log = LoggerFactory.getLogger(TombstoneReaper.class);
  private static final int PAGE = 200;

  /** Two reapings write the horizon: one of them does it again. */
  private static final int TRIES_MAX = 8;

  private final ClusterView cluster;
  private final Coordinator coordinator;
  private final Agreement agreement;
  private final Replicas replicas;
  private final NodeStore records;
  private final DeletionLog deletions;
  private final Duration retention;
  private final Duration timeout;
  private final InstantSource clock;
  private final Meter meter;
  private final BooleanSupplier knowsHeads;
  private final Steps steps;

  /** Told before each step; a test ends the process there. */
  @FunctionalInterface
  interface Steps {
    Steps NONE = _ -> {};

    void before(String step);
  }

  /**
   * What a pass works with.
   *
   * @param retention how long deletions are kept
   * @param timeout of one call to the coordinator
   * @param meter counts {@code tombstones.reaped} and {@code keys.forgotten}
   * @param knowsHeads false while heads may be missing that were agreed on
   */
  record Means(
      ClusterView cluster,
      Coordinator coordinator,
      Agreement agreement,
      Replicas replicas,
      NodeStore records,
      DeletionLog deletions,
      Duration retention,
      Duration timeout,
      InstantSource clock,
      Meter meter,
      BooleanSupplier knowsHeads) {}

  TombstoneReaper(Means means, Steps steps) {
    this.cluster = means.cluster;
    this.coordinator = means.coordinator;
    this.agreement = means.agreement;
    this.replicas = means.replicas;
    this.records = means.records;
    this.deletions = means.deletions;
    this.retention = means.retention;
    this.timeout = means.timeout;
    this.clock = means.clock;
    this.meter = means.meter;
    this.knowsHeads = means.knowsHeads;
    this.steps = steps;
  }

  /**
   * What one pass found and did, or would do.
   *
   * @param tombstones deletions that this node keeps
   * @param due of those that this node decides on, the ones that are old enough
   * @param reaped of these, forgotten by the cluster; in a plan those that would be
   * @param forgotten keys whose versions were removed here
   * @param waits why the last one of those that are due stays, empty when none does
   */
  public record Report(long tombstones, long due, long reaped, long forgotten, String waits) {
    public static final Report NONE = waiting("");

    /**
     * @param why nothing was looked at, in a sentence
     */
    public static Report waiting(String why) {
      return new Report(0, 0, 0, 0, why);
    }
  }

  /** Counts of a pass under way. */
  private static final class Tally {
    private long tombstones;
    private long due;
    private long reaped;
    private long forgotten;
    private String waits = "";

    Report report() {
      return new Report(tombstones, due, reaped, forgotten, waits);
    }
  }

  /**
   * One pass over all keys that this node lists. Blocking.
   *
   * @param isPlan changes nothing
   * @param goesOn asked between keys; false ends the pass
   * @throws dev.holdfast.spi.coordinator.UnavailableException while there is no majority
   */
  public Report run(boolean isPlan, BooleanSupplier goesOn) {
    return walk(isPlan, true, goesOn);
  }

  /**
   * Forgets what the cluster has reaped while this node did not hear of it; returns how many keys.
   *
   * @throws ObjectException.Unavailable while there is no majority
   */
  long forgetMissed() {
    try {
      return walk(false, false, () -> true).forgotten();
    } catch (UnavailableException e) {
      throw new ObjectException.Unavailable(e);
    }
  }

  private Report walk(boolean isPlan, boolean isReaping, BooleanSupplier goesOn) {
    Tally tally = new Tally();
    byte[] from = new byte[0];
    List<HeadRow> page;
    do {
      page = records.heads(new byte[0], from, PAGE);
      List<HeadRow> agreed = page.stream().filter(HeadRow::isConfirmed).toList();
      look(agreed, isPlan, isReaping, goesOn, tally);
      if (!page.isEmpty()) {
        byte[] last = page.getLast().key().utf8();
        from = Arrays.copyOf(last, last.length + 1);
      }
    } while (page.size() == PAGE && goesOn.getAsBoolean());
    if (!isPlan) {
      meter.count("tombstones.reaped", tally.reaped);
      meter.count("keys.forgotten", tally.forgotten);
    }
    return tally.report();
  }

  private void look(
      List<HeadRow> rows, boolean isPlan, boolean isReaping, BooleanSupplier goesOn, Tally tally) {
    if (rows.isEmpty() || !knowsHeads.getAsBoolean()) {
      return;
    }
    List<EntryKey> keys = new ArrayList<>();
    keys.add(ReapingHorizon.ENTRY);
    rows.forEach(row -> keys.add(row.key().entry()));
    List<Observation> seen = coordinator.read(keys, timeout);
    ReapingHorizon horizon = ReapingHorizon.of(seen.getFirst());
    for (int i = 0; i < rows.size() && goesOn.getAsBoolean(); i++) {
      HeadRow row = rows.get(i);
      Observation observed = seen.get(i + 1);
      tally.tombstones += row.deleted() ? 1 : 0;
      Optional<HeadRecord> head = Agreement.head(observed);
      if (head.isEmpty()) {
        forgetHere(row, horizon.lastReapingOf(observed), isPlan, tally);
      } else if (isReaping && row.deleted() && isMine(row, head.get())) {
        judge(row, head.get(), observed, isPlan, tally);
      }
    }
  }

  /** A head that was agreed on is gone: only reaping does that. This node missed the word. */
  private void forgetHere(HeadRow row, long reaped, boolean isPlan, Tally tally) {
    if (reaped == 0) {
      log.warn("{} is agreed on here and unknown to the cluster: it stays", row.key());
      return;
    }
    tally.forgotten++;
    if (!isPlan) {
      steps.before("forget");
      replicas.local().forget(row.key(), reaped);
    }
  }

  /** Whether this node decides on it: the first holder that is up. */
  private boolean isMine(HeadRow row, HeadRecord head) {
    return head.version().equals(row.version())
        && ReapingPlanner.isDue(age(row), retention)
        && head.holders().stream()
            .filter(cluster.healthy()::contains)
            .findFirst()
            .filter(cluster.self()::equals)
            .isPresent();
  }

  private Duration age(HeadRow row) {
    return Duration.ofMillis(clock.millis() - row.writtenAtMillis());
  }

  private void judge(
      HeadRow row, HeadRecord head, Observation observed, boolean isPlan, Tally tally) {
    tally.due++;
    // In this order: what a node that joins in between has is not known.
    long mapVersion = cluster.mapVersion();
    Map<String, Long> incarnations = incarnations(head);
    Map<String, ReapingPlanner.Copy> copies = copies(row);
    Optional<String> hindrance =
        ReapingPlanner.hindrance(
            new ReapingPlanner.Situation(age(row), retention, head.holders(), copies));
    if (hindrance.isEmpty() && !incarnations.keySet().containsAll(head.holders())) {
      hindrance = Optional.of("A node that holds it is not known yet.");
    }
    if (hindrance.isPresent()) {
      tally.waits = row.key() + ": " + hindrance.get();
      return;
    }
    if (isPlan) {
      tally.reaped++;
      return;
    }
    List<Condition> conditions = new ArrayList<>();
    conditions.add(observed.unchanged());
    conditions.add(new Condition.AtVersion(WritePlan.MAP, mapVersion));
    incarnations.forEach((node, version) ->
        conditions.add(new Condition.AtVersion(WritePlan.incarnation(node), version)));
    reap(row, observed, conditions, List.copyOf(copies.keySet()), tally);
  }

  /** Nothing that vouched may have been emptied since (R23). */
  private Map<String, Long> incarnations(HeadRecord head) {
    Map<String, Long> versions = new HashMap<>();
    for (String holder : head.holders()) {
      cluster.member(holder).ifPresent(member -> versions.put(holder, member.incarnationVersion()));
    }
    return versions;
  }

  /** What each member says that answers, holder or not. */
  private Map<String, ReapingPlanner.Copy> copies(HeadRow row) {
    Map<String, ReapingPlanner.Copy> copies = new HashMap<>();
    for (ClusterMap.Node node : cluster.map().nodes()) {
      try {
        copies.put(node.id(), replicas.of(node.id()).reapingCopy(row.key(), row.version()));
      } catch (PeerException e) {
        log.debug("{} does not say what it has of {}", node.id(), row.key(), e);
      }
    }
    return copies;
  }

  private void reap(
      HeadRow row,
      Observation observed,
      List<Condition> conditions,
      List<String> nodes,
      Tally tally) {
    ObjectKey key = row.key();
    deletions.write(
        "reap",
        LocalReplica.quoted(key) + "@" + row.version(),
        0,
        "deleted at " + clock.instant().minus(age(row)) + ", kept for " + retention);
    for (int i = 0; i < TRIES_MAX; i++) {
      Observation horizon = agreement.horizon();
      List<Condition> all = new ArrayList<>(conditions);
      all.add(horizon.unchanged());
      Entry entry = observed.entry();
      long tombstone = entry == null ? 0 : entry.revision();
      Transaction end =
          new Transaction(
              all,
              List.of(
                  new Change.Delete(key.entry()), ReapingHorizon.of(horizon).including(tombstone)));
      steps.before("reap");
      switch (agreement.commit(key, end)) {
        case CommitResult.Committed committed -> {
          tally.reaped++;
          forget(key, committed.revision(), nodes, tally);
          return;
        }
        case CommitResult.Conflict conflict -> {
          if (!isAboutHorizon(conflict)) {
            tally.waits = key + ": it, or the nodes that hold it, changed just now.";
            return;
          }
        }
      }
    }
    tally.waits = key + ": other keys are being forgotten.";
  }

  private static boolean isAboutHorizon(CommitResult.Conflict conflict) {
    return conflict.failed().stream().allMatch(failed -> failed.key().equals(ReapingHorizon.ENTRY));
  }

  private void forget(ObjectKey key, long reaped, List<String> nodes, Tally tally) {
    steps.before("forget");
    for (String node : nodes) {
      try {
        replicas.of(node).forget(key, reaped);
      } catch (PeerException e) {
        log.debug("{} forgets {} at its next cleanup", node, key, e);
      }
    }
    tally.forgotten++;
  }
}
