// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.plugins.cleanup;

import dev.holdfast.spi.cleanup.CleanupPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * An old version goes when it is neither among the newest nor young nor held. A limit of bytes, if
 * there is one, counts more than youth: it is there for objects that are written all the time. The
 * oldest go first; of copies the largest.
 */
final class StandardCleanup implements CleanupPolicy {
  private final Rules rules;

  StandardCleanup(Rules rules) {
    this.rules = rules;
  }

  @Override
  public Decision oldVersions(History history) {
    if (history.versions().stream()
        .anyMatch(version -> version.role() == Role.HEAD && isHeld(version))) {
      return Decision.NOTHING;
    }
    List<Going> going = new ArrayList<>();
    long rank = 0;
    long bytes = 0;
    for (Version version : history.versions()) {
      rank++;
      if (version.role() != Role.OLD || isHeld(version)) {
        continue;
      }
      // What goes counts too: so what is too much now is too much later.
      bytes =
          version.sizeBytes() > Long.MAX_VALUE - bytes
              ? Long.MAX_VALUE
              : bytes + version.sizeBytes();
      if (rank <= rules.newest()) {
        continue;
      }
      if (rules.largestBytes() > 0 && bytes > rules.largestBytes()) {
        going.add(
            new Going(
                version.id(),
                "The old versions from this one on have more than "
                    + rules.largestBytes()
                    + " bytes."));
      } else if (!isYoung(version, history.now())) {
        going.add(
            new Going(
                version.id(),
                "Not among the newest "
                    + rules.newest()
                    + ", and replaced more than "
                    + text(rules.younger())
                    + " ago."));
      }
    }
    return new Decision(going.reversed());
  }

  @Override
  public Decision surplusCopies(Surplus surplus) {
    return rules.copies()
        ? new Decision(
            surplus.copies().stream()
                .sorted(
                    Comparator.comparingLong(Copy::sizeBytes).reversed().thenComparing(Copy::key))
                .map(copy ->
                    new Going(
                        copy.key(),
                        copy.counted()
                            ? "More copies than the placement asks for."
                            : "Other nodes took the place of this copy."))
                .toList())
        : Decision.NOTHING;
  }

  private boolean isHeld(Version version) {
    return !rules.hold().isEmpty() && version.metadata().containsKey(rules.hold());
  }

  /** What a clock that is ahead wrote is young until that time has come. */
  private boolean isYoung(Version version, Instant now) {
    Instant since = version.replacedAt().orElse(now);
    return Duration.between(since, now).compareTo(rules.younger()) < 0;
  }

  private static String text(Duration duration) {
    return duration.toDays() > 0 ? duration.toDays() + " days" : duration.toString().substring(2);
  }
}
