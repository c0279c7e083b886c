// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where Holdfast is installed or built, and how its node is run from there. */
final class Distribution {
  static final String HOME_PROPERTY = "holdfast.home";

  private static final Path BUILT = Path.of("cli", "target", "holdfast");

  private Distribution() {}

  /**
   * The folder named by the system property {@code holdfast.home}, else the artifact {@code
   * holdfast-distribution} on the class path, else the {@code cli/target/holdfast} of this folder
   * or of one above.
   */
  static Path home() {
    String named = System.getProperty(HOME_PROPERTY);
    return named != null
        ? require(Path.of(named))
        : DistributionJar.home().orElseGet(() -> search(Path.of("").toAbsolutePath()));
  }

  static Path search(Path from) {
    for (@Nullable Path folder = from; folder != null; folder = folder.getParent()) {
      if (isDistribution(folder.resolve(BUILT))) {
        return folder.resolve(BUILT);
      }
    }
    throw new IllegalStateException(
        "No "
            + BUILT
            + " in or above "
            + from
            + ". In a project of your own add dev.holdfast:holdfast-distribution to the test"
            + " dependencies; in a clone build it (mvn -pl cli -am -DskipTests package); or name a"
            + " distribution with -D"
            + HOME_PROPERTY);
  }

  private static Path require(Path home) {
    if (!isDistribution(home)) {
      throw new IllegalStateException(
          home + " is no Holdfast distribution: it has no bin/holdfast");
    }
    return home;
  }

  private static boolean isDistribution(Path home) {
    return Files.isExecutable(launcher(home));
  }

  private static Path launcher(Path home) {
    return home.resolve("bin").resolve("holdfast");
  }

  /**
   * All that stands before the flags of the node: the launcher, which knows what a JVM needs to run
   * one.
   *
   * @param jvmFlags more of them, without blanks
   */
  static List<String> nodeCommand(Path home, List<String> jvmFlags) {
    return List.of(
        "/usr/bin/env",
        "HOLDFAST_JAVA_HOME=" + NodeJdk.home(),
        "HOLDFAST_JVM_OPTS=" + String.join(" ", jvmFlags),
        launcher(home).toAbsolutePath().toString(),
        "node");
  }

  static List<String> words(@Nullable String text) {
    return text == null || text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
  }
}
