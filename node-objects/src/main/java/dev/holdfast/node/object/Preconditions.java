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

  /**
   * @throws dev.holdfast.node.http.ProblemException 412
   */
  void check(Optional<HeadRecord> head) {
    checkMatch(head);
    Optional<VersionId> current = current(head);
    if (noneMatch.isPresent() && noneMatch.get().has(current)) {
      throw ObjectProblems.preconditionFailed(
          "If-None-Match: the object is at " + current.get() + ".");
    }
  }

  void checkMatch(Optional<HeadRecord> head) {
    Optional<VersionId> current = current(head);
    if (match.isPresent() && !match.get().has(current)) {
      throw ObjectProblems.preconditionFailed(
          current
              .map(id -> "If-Match: the object is at " + id + ".")
              .orElse("If-Match: there is no such object."));
    }
  }

  /** For a read: 304. */
  boolean isNotModified(HeadRecord head) {
    return noneMatch.isPresent() && noneMatch.get().has(Optional.of(head.version()));
  }

  private static Optional<VersionId> current(Optional<HeadRecord> head) {
    return head.filter(found -> !found.deleted()).map(HeadRecord::version);
  }
}
