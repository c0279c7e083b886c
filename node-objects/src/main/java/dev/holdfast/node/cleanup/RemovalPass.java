// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cleanup;

import dev.holdfast.core.cleanup.RetentionPlanner;
import dev.holdfast.core.cleanup.RetentionPlanner.Known;
import dev.holdfast.core.cleanup.SurplusPlanner;
import dev.holdfast.core.cleanup.SurplusPlanner.NodeSurplus;
import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.node.cleanup.RemovalTally.Kind;
import dev.holdfast.node.object.CopyRemover;
import dev.holdfast.node.store.DeletionLog;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.cleanup.CleanupPolicy;
import dev.holdfast.spi.cleanup.CleanupPolicy.Copy;
import dev.holdfast.spi.cleanup.CleanupPolicy.Going;
import dev.holdfast.spi.cleanup.CleanupPolicy.History;
import dev.holdfast.spi.cleanup.CleanupPolicy.Surplus;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.placement.ClusterMap;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pass over all heads of the cluster. The first walk finds the surplus of this node; from that
 * and from what the other nodes have follows how much of it goes. The second walk, unless it is a
 * plan, removes that much, and old versions. For one thread.
 */
final class RemovalPass {
  private static final Logger log = LoggerFactory.getLogger(RemovalPass.class);
  private static final int PAGE = 200;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Removals.Parts parts;
  private final CleanupRule rule;
  private final long overheadBytes;
  private final RemovalTally tally;
  private final Supplier<String> hindrance;
  private final DeletionLog deletions;
  private final String self;

  /** Of the other nodes, by their own word. */
  private final Map<String, Long> freeBytes = new HashMap<>();

  RemovalPass(
      Removals.Parts parts,
      CleanupRule rule,
      long overheadBytes,
      RemovalTally tally,
      Supplier<String> hindrance) {
    this.parts = parts;
    this.rule = rule;
    this.overheadBytes = overheadBytes;
    this.tally = tally;
    this.hindrance = hindrance;
    this.deletions = parts.store().deletions(parts.clock());
    this.self = parts.cluster().self();
  }

  /** Does something with the heads of a page. */
  @FunctionalInterface
  private interface Step {
    void take(List<Head> heads) throws InterruptedException;
  }

  private record Head(ObjectKey key, HeadRecord record) {}

  /**
   * @throws dev.holdfast.spi.coordinator.CoordinatorException it broke off; what went is gone
   */
  void run(boolean isPlan, Supplier<List<Removals.Told>> others) throws InterruptedException {
    List<NodeSurplus> surplus = new ArrayList<>();
    for (Removals.Told told : others.get()) {
      freeBytes.put(told.node(), told.state().freeBytes());
      surplus.add(
          new NodeSurplus(told.node(), told.state().surplusBytes(), told.state().freeBytes()));
    }
    freeBytes.put(self, parts.store().space().freeBytes());
    long[] found = {0};
    walk(heads -> {
      tally.looked(heads.size());
      for (Copy copy : going(heads).keySet()) {
        found[0] += copy.sizeBytes();
        tally.surplus(copy.sizeBytes());
      }
    });
    surplus.add(new NodeSurplus(self, found[0], freeBytes.getOrDefault(self, 0L)));
    long[] left = {SurplusPlanner.quotas(surplus, overheadBytes).getOrDefault(self, 0L)};
    walk(heads -> {
      for (Head head : heads) {
        retire(head, isPlan);
      }
      for (Map.Entry<Copy, String> copy : going(heads).entrySet()) {
        if (copy.getKey().sizeBytes() <= left[0]
            && isGone(copy.getKey(), copy.getValue(), isPlan)) {
          left[0] -= copy.getKey().sizeBytes();
        }
      }
    });
  }

  private void walk(Step step) throws InterruptedException {
    @Nullable EntryKey after = null;
    do {
      String why = hindrance.get();
      if (!why.isEmpty()) {
        tally.refused(why);
        return;
      }
      Coordinator.Page page =
          parts.coordinator().scan(ObjectKey.ENTRY_PREFIX, after, PAGE, TIMEOUT);
      List<Head> heads = new ArrayList<>();
      page.entries().forEach(entry -> head(entry).ifPresent(heads::add));
      step.take(heads);
      after = page.next();
    } while (after != null);
  }

  private static Optional<Head> head(Entry entry) {
    try {
      return Optional.of(
          new Head(
              new ObjectKey(entry.key().value().substring(ObjectKey.ENTRY_PREFIX.length())),
              HeadRecord.decode(entry.value())));
    } catch (UnreadableEntryException | IllegalArgumentException e) {
      log.error("The head {} is unreadable", entry.key(), e);
      return Optional.empty();
    }
  }

  private void retire(Head head, boolean isPlan) {
    if (!head.record.holders().contains(self)) {
      return;
    }
    Set<VersionId> branches = new HashSet<>(parts.store().records().branches().of(head.key));
    Optional<History> history =
        known(head.key)
            .flatMap(versions ->
                RetentionPlanner.history(
                    head.key.value(), head.record.version(), versions, parts.clock().instant()));
    if (history.isEmpty()) {
      return;
    }
    Map<String, Long> sizes = new HashMap<>();
    history.get().versions().forEach(version -> sizes.put(version.id(), version.sizeBytes()));
    List<Going> going =
        RetentionPlanner.going(history.get(), rule.policy().oldVersions(history.get()));
    if (!isPlan && !going.isEmpty()) {
      going = retired(head.key, branches, going, sizes);
    }
    for (Going one : going) {
      tally.goes(Kind.VERSION, sizes.getOrDefault(one.id(), 0L), one.reason());
    }
  }

  private List<Going> retired(
      ObjectKey key, Set<VersionId> branches, List<Going> going, Map<String, Long> sizes) {
    for (Going one : going) {
      deletions.write(
          "retire-version",
          name(key) + "@" + one.id(),
          sizes.getOrDefault(one.id(), 0L),
          rule.name() + ": " + one.reason());
    }
    List<VersionId> gone =
        parts
            .store()
            .records()
            .retired()
            .retire(key, branches, going.stream().map(one -> new VersionId(one.id())).toList());
    parts.meter().count("cleanup.versions", gone.size());
    parts
        .meter()
        .count(
            "cleanup.version.bytes",
            gone.stream().mapToLong(id -> sizes.getOrDefault(id.value(), 0L)).sum());
    return going.stream().filter(one -> gone.contains(new VersionId(one.id()))).toList();
  }

  /** The surplus copies of a page that the policy lets go, with its reasons, in its order. */
  private Map<Copy, String> going(List<Head> heads) {
    Map<String, Copy> found = new LinkedHashMap<>();
    for (Head head : heads) {
      surplus(head).ifPresent(copy -> found.put(copy.key(), copy));
    }
    Optional<ClusterMap.Node> node = parts.cluster().map().node(self);
    if (found.isEmpty() || node.isEmpty()) {
      return Map.of();
    }
    CleanupPolicy.Decision decision =
        rule.policy()
            .surplusCopies(
                new Surplus(
                    parts.clock().instant(),
                    node.get(),
                    freeBytes.getOrDefault(self, 0L),
                    List.copyOf(found.values())));
    Map<Copy, String> going = new LinkedHashMap<>();
    for (Going one : decision.going()) {
      Copy copy = found.remove(one.id());
      if (copy != null) {
        going.put(copy, one.reason());
      }
    }
    return going;
  }

  private Optional<Copy> surplus(Head head) {
    boolean isCounted = head.record.holders().contains(self);
    if (isCounted
        && !SurplusPlanner.leaver(
                parts.remover().request(head.key),
                Set.copyOf(head.record.holders()),
                freeBytes,
                parts.remover().policy())
            .filter(self::equals)
            .isPresent()) {
      return Optional.empty();
    }
    return known(head.key)
        .filter(versions -> !versions.isEmpty())
        .map(versions ->
            new Copy(
                head.key.value(),
                versions.size(),
                versions.stream()
                    .filter(version -> !version.removed())
                    .mapToLong(Known::sizeBytes)
                    .sum(),
                isCounted));
  }

  private Optional<List<Known>> known(ObjectKey key) {
    return parts.store().records().retired().known(key, RetentionPlanner.VERSIONS_MAX);
  }

  private boolean isGone(Copy copy, String reason, boolean isPlan) throws InterruptedException {
    if (!isPlan) {
      ObjectKey key = new ObjectKey(copy.key());
      deletions.write("remove-copy", name(key), copy.sizeBytes(), rule.name() + ": " + reason);
      switch (parts.remover().remove(key, parts.proof())) {
        case CopyRemover.Outcome.Kept(String why) -> {
          deletions.write("keep-copy", name(key), copy.sizeBytes(), why);
          tally.kept();
          return false;
        }
        case CopyRemover.Outcome.Removed _ -> {
          parts.meter().count("cleanup.copies", 1);
          parts.meter().count("cleanup.copy.bytes", copy.sizeBytes());
        }
      }
    }
    tally.goes(Kind.COPY, copy.sizeBytes(), reason);
    return true;
  }

  private static String name(ObjectKey key) {
    return URLEncoder.encode(key.value(), StandardCharsets.UTF_8);
  }
}
