// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.object.Preconditions.Heads;
import dev.holdfast.node.object.Preconditions.Violation;
import java.time.Instant;
import java.util.Optional;

/**
 * The conditions of one request, in the order of RFC 9110 §13.2.2. A date is in whole seconds, so
 * it counts only where no tag is given, and a range never trusts one.
 *
 * @param tags {@code If-Match} and {@code If-None-Match}
 * @param unmodifiedSince empty beside {@code If-Match}
 * @param modifiedSince empty beside {@code If-None-Match}
 */
record RequestConditions(
    Preconditions tags, Optional<Instant> unmodifiedSince, Optional<Instant> modifiedSince) {

  /** Why a read of this version is refused; empty when it is not. */
  Optional<Violation> violation(ObjectService.Found found) {
    return tags.violationOfMatch(Optional.of(found.id())).or(() -> violationOfDate(found));
  }

  /** As {@link #violation}, by the date alone. */
  Optional<Violation> violationOfDate(ObjectService.Found found) {
    return unmodifiedSince
        .filter(since -> isNewer(found, since))
        .map(_ -> new Violation.Modified(found.id()));
  }

  /** Whether a reader has this version already, once nothing is violated. */
  boolean isNotModified(ObjectService.Found found) {
    return tags.noneMatch().isPresent()
        ? tags.isNotModified(found.id())
        : modifiedSince.filter(since -> !isNewer(found, since)).isPresent();
  }

  /**
   * For a write, which has to hold at the moment of its commit: a date becomes the version that was
   * the newest then.
   *
   * @param now the version that is there, if any; counts only when a date is given
   */
  Preconditions ofWrite(Optional<ObjectService.Found> now) {
    // What does not exist has no date, and the header counts for nothing then.
    return unmodifiedSince.isEmpty()
        ? tags
        : new Preconditions(now.map(one -> Heads.of(one.id())), tags.noneMatch());
  }

  private static boolean isNewer(ObjectService.Found found, Instant since) {
    return found.version().writtenAtMillis() / 1_000 > since.getEpochSecond();
  }
}
