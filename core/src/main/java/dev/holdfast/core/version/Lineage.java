// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Function;

/**
 * Questions about the graph that the parents of an object's versions make. Pure: versions come from
 * a function, which may not know all of them.
 */
public final class Lineage {
  /** Versions that one question looks at; beyond it the answer is unknown. */
  public static final int WALK_MAX = 100_000;

  /** Versions that are read for a common ancestor: beyond it somebody has to look. */
  public static final int ANCESTOR_WALK_MAX = 10_000;

  private Lineage() {}

  /**
   * The version that both come from and that is nearest to both; one of the two itself when the
   * other one comes after it. Empty when there is none, or several (merges that cross make them),
   * or a version on the way is not known, or it is too far away.
   *
   * @param known the version of an id, where it is known
   */
  public static Optional<VersionId> nearestCommonAncestor(
      VersionId one, VersionId other, Function<VersionId, Optional<VersionRecord>> known) {
    return new CommonAncestor(known, ANCESTOR_WALK_MAX).of(one, other);
  }

  /** Whether a version has another one among its ancestors. */
  public enum Descent {
    YES,
    NO,
    /** A version in between is not known here. */
    UNKNOWN
  }

  /**
   * What lies between a version and a head below it.
   *
   * @param open ancestors that are not confirmed, the oldest first
   */
  public record Path(Descent descent, List<VersionRecord> open) {
    public Path {
      open = List.copyOf(open);
    }

    /** What is open up to this version, and it. */
    public List<VersionRecord> with(VersionRecord version) {
      List<VersionRecord> all = new ArrayList<>(open);
      all.add(version);
      return all;
    }
  }

  /**
   * Whether a version with these parents comes after a head. Where nothing is confirmed yet, every
   * version does, unless it rests on one that was confirmed: then the key was deleted and reaped
   * (R25), and what was made before that must not bring it back.
   *
   * @param known the version of an id, where it is known
   */
  public static Path from(
      SortedSet<VersionId> parents,
      Optional<VersionId> head,
      Function<VersionId, Optional<VersionRecord>> known) {
    Deque<VersionId> left = new ArrayDeque<>(parents);
    Set<VersionId> met = new HashSet<>(parents);
    Map<VersionId, VersionRecord> open = new LinkedHashMap<>();
    boolean isBelow = head.isEmpty();
    boolean isCertain = true;
    boolean isOnReaped = false;
    while (!left.isEmpty() && met.size() <= WALK_MAX) {
      VersionId at = left.remove();
      if (head.isPresent() && head.get().equals(at)) {
        isBelow = true;
        continue;
      }
      Optional<VersionRecord> version = known.apply(at);
      if (version.isEmpty()) {
        isCertain = false;
      } else if (version.get().state() != VersionState.CONFIRMED) {
        open.put(at, version.get());
        version.get().parents().stream().filter(met::add).forEach(left::add);
      } else {
        isOnReaped |= head.isEmpty();
      }
      // What lies below a confirmed version that is not the head is older than the head.
    }
    boolean isAnswered = isCertain && left.isEmpty();
    Descent descent =
        isOnReaped
            ? Descent.NO
            : !isAnswered ? Descent.UNKNOWN : isBelow ? Descent.YES : Descent.NO;
    return new Path(descent, oldestFirst(open));
  }

  private static List<VersionRecord> oldestFirst(Map<VersionId, VersionRecord> versions) {
    List<VersionId> newestFirst =
        newestFirst(
            versions.values().stream()
                .map(version ->
                    new Vertex(version.id(), version.parents(), version.writtenAtMillis()))
                .toList());
    return newestFirst.reversed().stream()
        .flatMap(id -> Optional.ofNullable(versions.get(id)).stream())
        .toList();
  }

  /**
   * One version of a graph.
   *
   * @param writtenAtMillis orders only those that the graph does not
   */
  public record Vertex(VersionId id, Set<VersionId> parents, long writtenAtMillis) {
    public Vertex {
      parents = Set.copyOf(parents);
    }
  }

  /** Those that are no parent of another one. */
  public static Set<VersionId> heads(Collection<Vertex> versions) {
    Set<VersionId> heads = new LinkedHashSet<>();
    versions.forEach(version -> heads.add(version.id()));
    versions.forEach(version -> heads.removeAll(version.parents()));
    return heads;
  }

  /** Every version before its parents; where the graph leaves a choice, the later written first. */
  public static List<VersionId> newestFirst(Collection<Vertex> versions) {
    Map<VersionId, Vertex> byId = new HashMap<>();
    Map<VersionId, Integer> children = new HashMap<>();
    versions.forEach(version -> byId.put(version.id(), version));
    byId.values()
        .forEach(version ->
            version.parents().stream()
                .filter(byId::containsKey)
                .forEach(parent -> children.merge(parent, 1, Integer::sum)));
    PriorityQueue<Vertex> free =
        new PriorityQueue<>((a, b) ->
            a.writtenAtMillis() != b.writtenAtMillis()
                ? Long.compare(b.writtenAtMillis(), a.writtenAtMillis())
                : b.id().compareTo(a.id()));
    byId.values().stream()
        .filter(version -> !children.containsKey(version.id()))
        .forEach(free::add);
    List<VersionId> order = new ArrayList<>();
    for (Vertex next = free.poll(); next != null; next = free.poll()) {
      order.add(next.id());
      for (VersionId parent : next.parents()) {
        Vertex below = byId.get(parent);
        if (below != null && children.merge(parent, -1, Integer::sum) == 0) {
          free.add(below);
        }
      }
    }
    return order;
  }
}
