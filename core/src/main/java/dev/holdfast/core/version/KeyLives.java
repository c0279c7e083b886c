// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Tells which versions of a key are from before its deletion was reaped. Pure.
 *
 * <p>A root hashes the revision of the last reaping (R25). So a version whose roots all name an
 * earlier one belongs to a life of the key that is over, whatever came since and in whatever order.
 */
public final class KeyLives {
  private KeyLives() {}

  /**
   * What becomes of the versions of one node.
   *
   * @param forgotten the cluster agreed on them, and on their end
   * @param unknown they rest on forgotten ones, and nobody agreed on them
   */
  public record Ended(Set<VersionId> forgotten, Set<VersionId> unknown) {
    public Ended {
      forgotten = Set.copyOf(forgotten);
      unknown = Set.copyOf(unknown);
    }
  }

  /**
   * A version of which a parent is missing is of no known life: it stays, if the cluster agreed on
   * it, since it may be of the present one.
   *
   * @param versions of one key, all that a node has
   * @param reapedRevision of the key's last reaping, or a later one below each of its new roots
   */
  public static Ended ended(Map<VersionId, VersionRecord> versions, long reapedRevision) {
    Set<VersionId> forgotten = new HashSet<>();
    Map<VersionId, Boolean> known = new HashMap<>();
    versions.forEach((id, version) -> {
      if (version.state() == VersionState.CONFIRMED
          && isBefore(id, versions, reapedRevision, known)) {
        forgotten.add(id);
      }
    });
    // A merge may have taken an old version into the present life: then it is part of that.
    Set<VersionId> living = new HashSet<>();
    versions.forEach((id, version) -> {
      if (version.state() == VersionState.CONFIRMED && !forgotten.contains(id)) {
        ancestors(id, versions, living);
      }
    });
    forgotten.removeAll(living);
    Set<VersionId> unknown = new HashSet<>();
    versions.forEach((id, version) -> {
      if (version.state() == VersionState.PROVISIONAL && rests(id, versions, forgotten)) {
        unknown.add(id);
      }
    });
    // What an agreed version rests on was agreed on with it.
    Set<VersionId> below = new HashSet<>();
    forgotten.forEach(id -> ancestors(id, versions, below));
    versions.forEach((id, version) -> {
      if (version.state() == VersionState.PROVISIONAL && below.contains(id)) {
        unknown.remove(id);
        forgotten.add(id);
      }
    });
    return new Ended(forgotten, unknown);
  }

  private static boolean isBefore(
      VersionId id,
      Map<VersionId, VersionRecord> versions,
      long reaped,
      Map<VersionId, Boolean> known) {
    Boolean cached = known.get(id);
    if (cached != null) {
      return cached;
    }
    Set<VersionId> line = new HashSet<>(Set.of(id));
    ancestors(id, versions, line);
    boolean isBefore =
        line.stream()
            .allMatch(at -> {
              VersionRecord version = versions.get(at);
              return version != null
                  && (!version.parents().isEmpty() || version.reapedRevision() < reaped);
            });
    if (isBefore) {
      line.forEach(at -> known.put(at, true));
    }
    known.put(id, isBefore);
    return isBefore;
  }

  private static boolean rests(
      VersionId id, Map<VersionId, VersionRecord> versions, Set<VersionId> forgotten) {
    Set<VersionId> line = new HashSet<>();
    ancestors(id, versions, line);
    return line.stream().anyMatch(forgotten::contains);
  }

  private static void ancestors(
      VersionId of, Map<VersionId, VersionRecord> versions, Set<VersionId> met) {
    Deque<VersionId> left = new ArrayDeque<>(Set.of(of));
    while (!left.isEmpty()) {
      VersionRecord version = versions.get(left.remove());
      if (version != null) {
        version.parents().stream().filter(met::add).forEach(left::add);
      }
    }
  }
}
