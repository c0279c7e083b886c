// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.protocol.ObjectBodies;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Ids of versions as people write them: a beginning is enough when it is the only one. */
final class VersionNames {
  private static final int SHORT = 12;
  private static final int WHOLE = 64;

  private final VersionsClient versions;

  VersionNames(VersionsClient versions) {
    this.versions = versions;
  }

  /** Enough for people. */
  static String shortened(String id) {
    return id.substring(0, Math.min(SHORT, id.length()));
  }

  /** A node is asked only when one of them is abbreviated. */
  List<String> whole(String key, List<String> given) {
    List<String> ids = new ArrayList<>();
    List<ObjectBodies.Version> known = List.of();
    for (String id : given) {
      if (!id.matches("[0-9a-fA-F]{1," + WHOLE + "}")) {
        throw new CommandException(
            ExitCode.USAGE,
            "'" + id + "' is no version: it takes hex digits",
            "'holdfast log KEY' shows the versions of a key");
      }
      if (id.length() < WHOLE && known.isEmpty()) {
        known = versions.versions(key).versions();
      }
      String lower = id.toLowerCase(Locale.ROOT);
      ids.add(id.length() == WHOLE ? lower : only(key, lower, known));
    }
    return ids;
  }

  static String only(String key, String beginning, List<ObjectBodies.Version> known) {
    List<String> found =
        known.stream()
            .map(ObjectBodies.Version::version)
            .filter(id -> id.startsWith(beginning))
            .toList();
    if (found.isEmpty()) {
      throw new CommandException(
          ExitCode.NOT_FOUND,
          "no version of " + key + " begins with " + beginning,
          "'holdfast log KEY' shows the versions of a key");
    }
    if (found.size() > 1) {
      throw new CommandException(
          ExitCode.USAGE,
          "%d versions of %s begin with %s".formatted(found.size(), key, beginning),
          "write more digits: " + String.join(", ", found));
    }
    return found.getFirst();
  }
}
