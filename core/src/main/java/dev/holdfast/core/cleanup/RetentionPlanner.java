// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.cleanup;

import dev.holdfast.core.version.Lineage;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.spi.cleanup.CleanupPolicy.Decision;
import dev.holdfast.spi.cleanup.CleanupPolicy.Going;
import dev.holdfast.spi.cleanup.CleanupPolicy.History;
import dev.holdfast.spi.cleanup.CleanupPolicy.Role;
import dev.holdfast.spi.cleanup.CleanupPolicy.Version;
import java.time.Instant;
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
import java.util.Set;
import java.util.SortedMap;

/**
 * Decides which versions of an object a policy may be asked about, and which of those that it names
 * go. Pure.
 *
 * <pre>
 *   root ◄── v1 ◄── v2 ◄── v3 ◄── head          v1, v2: may go
 *                           ▲                    v3: a merge of the branch needs it
 *                           └── branch
 * </pre>
 *
 * Only what the head descends from may go: what this node cannot join to the head, because a
 * version in between is missing or the head moved on meanwhile, stays.
 */
public final class RetentionPlanner {
  /** Of one object; one with more is left alone. */
  public static final int VERSIONS_MAX = 50_000;

  private RetentionPlanner() {}

  /**
   * A version as it is on this disk, without its bytes.
   *
   * @param removed its bytes were deleted before
   */
  public record Known(
      VersionId id,
      Set<VersionId> parents,
      VersionState state,
      boolean removed,
      boolean deleted,
      long sizeBytes,
      String contentType,
      SortedMap<String, String> metadata,
      long writtenAtMillis) {
    public Known {
      parents = Set.copyOf(parents);
    }

    public static Known of(VersionRecord version) {
      return new Known(
          version.id(),
          version.parents(),
          version.state(),
          version.isRemoved(),
          version.deleted(),
          version.sizeBytes(),
          version.contentType(),
          version.metadata(),
          version.writtenAtMillis());
    }
  }

  /**
   * What a policy is asked about an object; empty when nothing of it could go.
   *
   * @param head that the cluster agreed on
   * @param versions on this node, those that are staged too
   */
  public static Optional<History> history(
      String key, VersionId head, Collection<Known> versions, Instant now) {
    Map<VersionId, Known> byId = new LinkedHashMap<>();
    versions.forEach(version -> byId.put(version.id(), version));
    Set<VersionId> before = ancestors(head, byId);
    Set<VersionId> needed = new HashSet<>();
    Map<VersionId, Long> replacedAt = new HashMap<>();
    for (Known version : byId.values()) {
      if (version.state() != VersionState.CONFIRMED) {
        needed.addAll(version.parents());
      } else {
        version
            .parents()
            .forEach(parent -> replacedAt.merge(parent, version.writtenAtMillis(), Math::max));
      }
    }
    List<Version> shown = new ArrayList<>();
    for (VersionId id : newestFirst(byId.values())) {
      Known version = byId.get(id);
      if (version != null && !version.removed() && version.state() != VersionState.STAGED) {
        Role role = role(version, id.equals(head), before.contains(id), needed.contains(id));
        shown.add(shown(version, role, Optional.ofNullable(replacedAt.get(id))));
      }
    }
    return shown.stream().anyMatch(version -> version.role() == Role.OLD)
        ? Optional.of(new History(key, now, shown))
        : Optional.empty();
  }

  /** What goes, in the order of the policy: only what it was offered, and each once. */
  public static List<Going> going(History history, Decision decision) {
    Set<String> old = new LinkedHashSet<>();
    for (Version version : history.versions()) {
      if (version.role() == Role.OLD) {
        old.add(version.id());
      }
    }
    return decision.going().stream().filter(one -> old.remove(one.id())).toList();
  }

  private static Role role(Known version, boolean isHead, boolean isBefore, boolean isNeeded) {
    if (isHead) {
      return Role.HEAD;
    }
    if (version.state() != VersionState.CONFIRMED) {
      return Role.BRANCH;
    }
    if (isNeeded || !isBefore) {
      return Role.NEEDED;
    }
    return version.deleted() ? Role.TOMBSTONE : Role.OLD;
  }

  private static Version shown(Known version, Role role, Optional<Long> replacedAt) {
    return new Version(
        version.id().value(),
        role,
        Instant.ofEpochMilli(version.writtenAtMillis()),
        role == Role.HEAD || role == Role.BRANCH
            ? Optional.empty()
            : replacedAt.map(Instant::ofEpochMilli),
        version.sizeBytes(),
        version.contentType(),
        version.metadata());
  }

  /** Confirmed ones that a confirmed head descends from, as far as they are known here. */
  private static Set<VersionId> ancestors(VersionId head, Map<VersionId, Known> byId) {
    Set<VersionId> met = new HashSet<>();
    Deque<VersionId> left = new ArrayDeque<>(List.of(head));
    while (!left.isEmpty()) {
      Known version = byId.get(left.remove());
      if (version != null && version.state() == VersionState.CONFIRMED) {
        version.parents().stream().filter(met::add).forEach(left::add);
      }
    }
    return met;
  }

  private static List<VersionId> newestFirst(Collection<Known> versions) {
    return Lineage.newestFirst(
        versions.stream()
            .map(version ->
                new Lineage.Vertex(version.id(), version.parents(), version.writtenAtMillis()))
            .toList());
  }
}
