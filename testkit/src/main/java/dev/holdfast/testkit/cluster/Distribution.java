package dev.holdfast.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where Holdfast is installed or built, and how its node is run from there. */
final class Distribution {
  static final String HOME_PROPERTY = "holdfast.home";

  private static final Path BUILT = Path.of("cli", "target", "holdfast");

  private Distribution() {}

  /**
   * The folder named by the system property {@code holdfast.home}, else the {@code
   * cli/target/holdfast} of this folder or of one above.
   */
  static Path home() {
    String named = System.getProperty(HOME_PROPERTY);
    return named != null ? require(Path.of(named)) : search(Path.of("").toAbsolutePath());
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
            + ". Build it (mvn -pl cli -am -DskipTests package) or name a distribution with -D"
            + HOME_PROPERTY);
  }

  private static Path require(Path home) {
    if (!isDistribution(home)) {
      throw new IllegalStateException(home + " is no Holdfast distribution: it has no lib folder");
    }
    return home;
  }

  private static boolean isDistribution(Path home) {
    return Files.isDirectory(home.resolve("lib"));
  }

  /** All that stands before the flags of the node: this JVM's java, with what LMDB needs. */
  static List<String> nodeCommand(Path home, List<String> jvmFlags) {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.addAll(flagsOf(home));
    command.addAll(jvmFlags);
    command.add("-D" + HOME_PROPERTY + "=" + home);
    command.add("-cp");
    command.add(home.resolve("lib") + "/*");
    command.add("dev.holdfast.cli.Main");
    command.add("node");
    return List.copyOf(command);
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static List<String> flagsOf(Path home) {
    Path file = home.resolve("conf").resolve("jvm.flags");
    try {
      return Files.exists(file) ? words(Files.readString(file)) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }

  static List<String> words(@Nullable String text) {
    return text == null || text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
  }
}
