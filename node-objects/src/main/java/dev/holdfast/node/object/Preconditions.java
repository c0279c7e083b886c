// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.VersionId;
import java.util.Optional;
import java.util.Set;

/**
 * What must be the head of an object for a request to be carried out ({@code If-Match} and {@code
 * If-None-Match}, RFC 9110 §13.1). An entity tag is a version id.
 *
 * @param match the head must be one of these; empty for any or none
 * @param noneMatch the head must be none of these
 */
record Preconditions(Optional<Heads> match, Optional<Heads> noneMatch) {
  static final Preconditions NONE = new Preconditions(Optional.empty(), Optional.empty());

  /**
   * @param any whatever the object's version is, as long as it exists
   * @param ids none when {@code any}
   */
  record Heads(boolean any, Set<String> ids) {
    Heads {
      ids = Set.copyOf(ids);
    }

    static Heads of(VersionId id) {
      return new Heads(false, Set.of(id.value()));
    }

    boolean has(Optional<VersionId> current) {
      return current.isPresent() && (any || ids.contains(current.get().value()));
    }
  }

  boolean isNone() {
    return match.isEmpty() && noneMatch.isEmpty();
  }

  /** Why a condition does not hold for the object that is there. */
  sealed interface Violation {
    /** There is no object, and there should be. */
    record Absent() implements Violation {}

    /** It is none of the versions that it should be. */
    record NoMatch(VersionId current) implements Violation {}

    /** It is one of the versions that it should not be. */
    record Match(VersionId current) implements Violation {}

    /** It was written later than at the given date. */
    record Modified(VersionId current) implements Violation {}
  }

  /** Empty when both conditions hold. */
  Optional<Violation> violation(Optional<HeadRecord> head) {
    return violationOfMatch(current(head))
        .or(() ->
            current(head)
                .filter(id -> noneMatch.isPresent() && noneMatch.get().has(Optional.of(id)))
                .map(Violation.Match::new));
  }

  /**
   * @param current the version that is there, no tombstone
   */
  Optional<Violation> violationOfMatch(Optional<VersionId> current) {
    return match.isEmpty() || match.get().has(current)
        ? Optional.empty()
        : Optional.of(
            current.<Violation>map(Violation.NoMatch::new).orElse(new Violation.Absent()));
  }

  /**
   * Whether no later head will do either. A version follows from those before it, so no head comes
   * twice: one that was named, and is not the head any more, will not be it again. All other
   * conditions ask for a state that may come back.
   */
  boolean isRefusedForGood(Optional<HeadRecord> head) {
    return match.filter(heads -> !heads.any()).isPresent()
        && violationOfMatch(current(head)).isPresent();
  }

  /** Whether a reader has this version already. */
  boolean isNotModified(VersionId current) {
    return noneMatch.isPresent() && noneMatch.get().has(Optional.of(current));
  }

  private static Optional<VersionId> current(Optional<HeadRecord> head) {
    return head.filter(found -> !found.deleted()).map(HeadRecord::version);
  }
}
