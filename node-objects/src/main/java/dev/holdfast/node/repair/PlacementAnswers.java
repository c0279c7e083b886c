// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.repair;

import dev.holdfast.core.replication.PlacementForecast;
import dev.holdfast.core.replication.RepairPlanner.Copy;
import dev.holdfast.core.replication.RepairPlanner.Liveness;
import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.node.repair.CopyInspector.Subject;
import dev.holdfast.protocol.PlacementBodies.Candidate;
import dev.holdfast.protocol.PlacementBodies.Explanation;
import dev.holdfast.protocol.PlacementBodies.Share;
import dev.holdfast.protocol.PlacementBodies.Simulation;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.placement.ClusterMap;
import dev.holdfast.spi.placement.PlacementPolicy;
import dev.holdfast.spi.placement.Rendezvous;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Why copies are where they are, and what a change of the cluster would move. Changes nothing. */
public final class PlacementAnswers {
  private static final int PAGE = 500;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Auditor auditor;
  private final Auditor.Parts parts;
  private final String policyName;

  /**
   * @param policyName of the policy that the auditor asks
   */
  public PlacementAnswers(Auditor auditor, String policyName) {
    this.auditor = auditor;
    this.parts = auditor.parts();
    this.policyName = policyName;
  }

  /**
   * @throws dev.holdfast.spi.coordinator.UnavailableException without a majority
   */
  public Explanation explain(ObjectKey key) {
    Entry entry = parts.coordinator().read(key.entry(), TIMEOUT).entry();
    Optional<HeadRecord> head =
        Optional.ofNullable(entry).map(found -> HeadRecord.decode(found.value()));
    ClusterMap map = parts.cluster().map();
    Set<String> holders = new TreeSet<>(head.map(HeadRecord::holders).orElse(List.of()));
    PlacementPolicy.Request request = new PlacementPolicy.Request(map, key.value(), parts.copies());
    PlacementPolicy.Choice choice = parts.policy().choose(request);
    PlacementPolicy.Verdict verdict = parts.policy().isSatisfied(request, holders);
    return new Explanation(
        key.value(),
        head.isPresent(),
        policyName,
        head.map(HeadRecord::policy).orElse(""),
        map.epoch(),
        head.map(HeadRecord::epoch).orElse(0L),
        parts.copies(),
        choice.explanation(),
        head.isPresent() && verdict.satisfied(),
        head.isPresent() ? verdict.explanation() : "There is no such object.",
        candidates(key, head, holders, map, new HashSet<>(choice.nodeIds())));
  }

  private List<Candidate> candidates(
      ObjectKey key,
      Optional<HeadRecord> head,
      Set<String> holders,
      ClusterMap map,
      Set<String> chosen) {
    Map<String, Liveness> liveness = auditor.downTimes().liveness();
    List<Candidate> candidates = new ArrayList<>();
    int rank = 0;
    for (ClusterMap.Node node : Rendezvous.rankNodes(key.value(), map.nodes())) {
      Liveness is = liveness.getOrDefault(node.id(), Liveness.AWAY);
      boolean isHolder = holders.contains(node.id());
      boolean isChosen = chosen.contains(node.id());
      Copy copy = isHolder ? copy(node.id(), is, key, head.orElseThrow()) : new Copy.Unknown();
      candidates.add(
          new Candidate(
              node.id(),
              ++rank,
              node.labels(),
              node.state().name().toLowerCase(Locale.ROOT),
              is.name().toLowerCase(Locale.ROOT),
              isChosen,
              isHolder,
              isHolder ? text(copy) : "none",
              why(node, is, isChosen, isHolder, copy)));
    }
    holders.stream()
        .filter(holder -> map.node(holder).isEmpty())
        .map(holder ->
            new Candidate(
                holder,
                0,
                Map.of(),
                "gone",
                "dead",
                false,
                true,
                "unknown",
                "It has left the cluster; the next audit replaces its copy."))
        .forEach(candidates::add);
    return candidates;
  }

  private Copy copy(String node, Liveness liveness, ObjectKey key, HeadRecord head) {
    return liveness == Liveness.UP
        ? auditor.inspector().inspect(node, List.of(new Subject(key, head.version()))).getFirst()
        : new Copy.Unknown();
  }

  private static String text(Copy copy) {
    return switch (copy) {
      case Copy.Whole _ -> "whole";
      case Copy.Lacking _ -> "lacking";
      case Copy.Unknown _ -> "unknown";
    };
  }

  private static String why(
      ClusterMap.Node node, Liveness liveness, boolean isChosen, boolean isHolder, Copy copy) {
    if (isHolder) {
      return switch (copy) {
        case Copy.Whole _ ->
            isChosen
                ? "The policy chooses it, and its copy is whole."
                : "Its copy is from an earlier map, or it stood in for another node: a key keeps its"
                    + " holders.";
        case Copy.Lacking lacking ->
            "It lacks %d versions or chunks of them, and fetches them."
                .formatted(lacking.versions().size());
        case Copy.Unknown _ ->
            switch (liveness) {
              case UP -> "It is up and does not answer about its copy.";
              case AWAY -> "It is down and expected back, so its copy is not replaced yet.";
              case DEAD -> "It is declared dead; an audit replaces its copy where it can.";
            };
      };
    }
    if (node.state() == ClusterMap.State.DRAINING) {
      return "It is leaving the cluster and gets no new copies.";
    }
    if (liveness != Liveness.UP) {
      return "It is down, so others have the copies.";
    }
    return isChosen
        ? "The policy would choose it now, but a key keeps its holders as long as they satisfy it."
        : "The policy prefers others: by the values of labels that are used least, then by rank.";
  }

  /** With another node, all else as it is. */
  public Simulation simulateAdd(ClusterMap.Node node) {
    ClusterMap map = parts.cluster().map();
    List<ClusterMap.Node> nodes = new ArrayList<>(map.nodes());
    nodes.add(node);
    return simulate("%s is added".formatted(node.id()), new ClusterMap(map.epoch() + 1, nodes));
  }

  /** Without a node, all else as it is. */
  public Simulation simulateRemove(String id) {
    ClusterMap map = parts.cluster().map();
    return simulate(
        "%s is removed".formatted(id),
        new ClusterMap(
            map.epoch() + 1, map.nodes().stream().filter(node -> !node.id().equals(id)).toList()));
  }

  /** Of the nodes that there are. */
  long meanCapacity() {
    return (long)
        parts.cluster().map().nodes().stream()
            .mapToLong(ClusterMap.Node::capacityBytes)
            .average()
            .orElse(1);
  }

  boolean isMember(String id) {
    return parts.cluster().map().node(id).isPresent();
  }

  private Simulation simulate(String change, ClusterMap after) {
    Sums sums = new Sums();
    parts.cluster().map().nodes().forEach(node -> sums.of(node.id()));
    after.nodes().forEach(node -> sums.of(node.id()));
    @Nullable EntryKey from = null;
    do {
      Coordinator.Page page = parts.coordinator().scan(ObjectKey.ENTRY_PREFIX, from, PAGE, TIMEOUT);
      for (Entry entry : page.entries()) {
        String key = entry.key().value().substring(ObjectKey.ENTRY_PREFIX.length());
        decode(entry).ifPresent(head -> sums.add(key, head, after));
      }
      from = page.next();
    } while (from != null);
    return sums.simulation(change);
  }

  private static Optional<HeadRecord> decode(Entry entry) {
    try {
      return Optional.of(HeadRecord.decode(entry.value()));
    } catch (UnreadableEntryException e) {
      return Optional.empty(); // The audit reports it.
    }
  }

  /** What was seen so far. */
  private final class Sums {
    private final Map<String, Flow> nodes = new TreeMap<>();
    private long keys;
    private long bytes;
    private long keysToMove;
    private long bytesToMove;
    private long keysTooFew;

    private static final class Flow {
      private long keysBefore;
      private long bytesBefore;
      private long keysIn;
      private long bytesIn;
      private long keysOut;
      private long keysOfNew;
    }

    Flow of(String node) {
      return nodes.computeIfAbsent(node, _ -> new Flow());
    }

    void add(String key, HeadRecord head, ClusterMap after) {
      PlacementForecast.Moves moves =
          PlacementForecast.of(key, head.holders(), parts.copies(), after, parts.policy());
      keys++;
      bytes += head.sizeBytes();
      keysToMove += moves.joining().isEmpty() && moves.leaving().isEmpty() ? 0 : 1;
      bytesToMove += head.sizeBytes() * moves.joining().size();
      keysTooFew += moves.isShort() ? 1 : 0;
      for (String holder : head.holders()) {
        of(holder).keysBefore++;
        of(holder).bytesBefore += head.sizeBytes();
      }
      for (String node : moves.joining()) {
        of(node).keysIn++;
        of(node).bytesIn += head.sizeBytes();
      }
      moves.leaving().forEach(node -> of(node).keysOut++);
      parts
          .policy()
          .choose(new PlacementPolicy.Request(after, key, parts.copies()))
          .nodeIds()
          .forEach(node -> of(node).keysOfNew++);
    }

    Simulation simulation(String change) {
      return new Simulation(
          change,
          keys,
          bytes,
          keysToMove,
          bytesToMove,
          keysTooFew,
          nodes.entrySet().stream().map(one -> share(one.getKey(), one.getValue())).toList());
    }

    private static Share share(String node, Flow flow) {
      return new Share(
          node,
          flow.keysBefore,
          flow.bytesBefore,
          flow.keysIn,
          flow.bytesIn,
          flow.keysOut,
          flow.keysOfNew);
    }
  }
}
