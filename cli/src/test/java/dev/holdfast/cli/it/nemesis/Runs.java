// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.nio.file.Path;
import java.util.stream.Collectors;

/** Where runs leave what they saw. */
final class Runs {
  private Runs() {}

  /** Below {@code -Dholdfast.nemesis.folder}, else below the target folder of this module. */
  static Path folder(String name) {
    String root = System.getProperty("holdfast.nemesis.folder", "target/nemesis");
    return Path.of(root).toAbsolutePath().resolve(name);
  }

  static String summary(String name, NemesisRun.Result result, Path folder) {
    return "nemesis %s: %d operations, %d of them acknowledged, %d faults (%s), %s, %s"
        .formatted(
            name,
            result.operations(),
            result.acknowledged(),
            result.events().size(),
            result.events().stream()
                .map(event -> event.kind() + " " + event.process())
                .collect(Collectors.joining(", ")),
            result.problems().isEmpty() ? "nothing wrong" : result.problems().size() + " PROBLEMS",
            folder);
  }
}
