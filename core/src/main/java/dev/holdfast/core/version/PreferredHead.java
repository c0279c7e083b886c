// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Chooses one head for a reader. Every node that knows the same heads chooses the same, whatever
 * its clock says and in whatever order the heads arrived.
 */
public final class PreferredHead {
  private PreferredHead() {}

  /**
   * @param confirmed the head that the cluster agreed on
   * @param branches the other heads, all provisional
   */
  public static Optional<VersionRecord> of(
      ReadMode mode, Optional<VersionRecord> confirmed, Collection<VersionRecord> branches) {
    return switch (mode) {
      case CONFIRMED_ONLY -> confirmed;
      case PREFERRED -> confirmed.or(() -> latest(branches));
      case PROVISIONAL_ALLOWED -> {
        List<VersionRecord> all = new ArrayList<>(branches);
        confirmed.ifPresent(all::add);
        yield latest(all);
      }
    };
  }

  /**
   * The head whose writer had seen most of the others. Among equals a confirmed one wins, then the
   * greatest id.
   */
  private static Optional<VersionRecord> latest(Collection<VersionRecord> heads) {
    record Candidate(VersionRecord version, VersionId id, long seen) {}
    return heads.stream()
        .map(head -> new Candidate(head, head.id(), seen(head, heads)))
        .max(
            Comparator.comparingLong(Candidate::seen)
                .thenComparing(one -> one.version().state() == VersionState.CONFIRMED)
                .thenComparing(Candidate::id))
        .map(Candidate::version);
  }

  private static long seen(VersionRecord head, Collection<VersionRecord> heads) {
    // No version has seen its own dots.
    return heads.stream()
        .filter(other -> other.dots().stream().anyMatch(head.context()::contains))
        .count();
  }
}
