// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JDK that nodes run on, which the tests themselves need not have. */
final class NodeJdk {
  private static final int VERSION = 25;
  private static final List<String> VARIABLES = List.of("HOLDFAST_JAVA_HOME", "JAVA_HOME");
  private static final Path INSTALLED = Path.of("/usr/lib/jvm");

  private NodeJdk() {}

  /**
   * That of this JVM if it will do, else the one that {@code HOLDFAST_JAVA_HOME} or {@code
   * JAVA_HOME} names, else one below {@code /usr/lib/jvm}.
   *
   * @throws IllegalStateException when there is none
   */
  static Path home() {
    return Runtime.version().feature() == VERSION
        ? Path.of(System.getProperty("java.home"))
        : find(System.getenv(), INSTALLED);
  }

  static Path find(Map<String, String> environment, Path installed) {
    List<Path> candidates = new ArrayList<>();
    for (String variable : VARIABLES) {
      @Nullable String named = environment.get(variable);
      if (named != null && !named.isEmpty()) {
        candidates.add(Path.of(named));
      }
    }
    candidates.addAll(below(installed));
    return candidates.stream()
        .filter(NodeJdk::isRight)
        .findFirst()
        .orElseThrow(() ->
            new IllegalStateException(
                "The nodes need JDK %d, these tests run on %d, and there is none in %s or below %s. Install one, or set %s to its folder"
                    .formatted(
                        VERSION,
                        Runtime.version().feature(),
                        String.join(", ", VARIABLES),
                        installed,
                        VARIABLES.get(0))));
  }

  private static List<Path> below(Path folder) {
    List<Path> found = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return found;
    }
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(folder)) {
      folders.forEach(found::add);
    } catch (IOException e) {
      return found; // It cannot be read: there is none that could be used.
    }
    found.sort(null);
    return found;
  }

  /** The file {@code release} of a JDK names its version. */
  private static boolean isRight(Path home) {
    Path release = home.resolve("release");
    if (!Files.isExecutable(home.resolve("bin").resolve("java")) || !Files.isReadable(release)) {
      return false;
    }
    try {
      return Files.readAllLines(release).stream()
          .anyMatch(line -> line.matches("JAVA_VERSION=\"" + VERSION + "[\".].*"));
    } catch (IOException e) {
      return false;
    }
  }
}
