// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.cleanup.CleanupPolicy.Copy;
import dev.holdfast.spi.cleanup.CleanupPolicy.Decision;
import dev.holdfast.spi.cleanup.CleanupPolicy.Going;
import dev.holdfast.spi.cleanup.CleanupPolicy.History;
import dev.holdfast.spi.cleanup.CleanupPolicy.Role;
import dev.holdfast.spi.cleanup.CleanupPolicy.Surplus;
import dev.holdfast.spi.cleanup.CleanupPolicy.Version;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Judges what a plugin wants to delete. Nothing is corrected in part: a policy that names one thing
 * wrongly may mean others wrongly too, so all stay.
 */
final class CleanupCheck {
  private CleanupCheck() {}

  /** On the plugin's thread. */
  static Checked<Decision> oldVersions(History history, @Nullable Decision answer) {
    Set<String> offered =
        history.versions().stream()
            .filter(version -> version.role() == Role.OLD)
            .map(Version::id)
            .collect(Collectors.toCollection(HashSet::new));
    return check("oldVersions()", offered, answer);
  }

  /** On the plugin's thread. */
  static Checked<Decision> surplusCopies(Surplus surplus, @Nullable Decision answer) {
    Set<String> offered =
        surplus.copies().stream().map(Copy::key).collect(Collectors.toCollection(HashSet::new));
    return check("surplusCopies()", offered, answer);
  }

  private static Checked<Decision> check(
      String question, Set<String> offered, @Nullable Decision answer) {
    if (answer == null) {
      return refused(question + " answered null");
    }
    Set<String> left = new HashSet<>(offered);
    List<Going> going = new ArrayList<>();
    for (Going one : answer.going()) {
      if (!left.remove(one.id())) {
        return refused(
            "%s named '%s', which %s"
                .formatted(
                    question,
                    Told.clip(one.id()),
                    offered.contains(one.id()) ? "it had named before" : "was not offered"));
      }
      going.add(new Going(one.id(), Told.clip(one.reason())));
    }
    return new Checked<>(new Decision(going), Optional.empty());
  }

  private static Checked<Decision> refused(String complaint) {
    return new Checked<>(Decision.NOTHING, Optional.of(complaint));
  }
}
