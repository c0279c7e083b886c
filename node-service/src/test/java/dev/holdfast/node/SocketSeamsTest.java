// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Sockets come from few places, so that what encrypts them and says who is there has few places to
 * go; and one place writes schemes of addresses.
 */
final class SocketSeamsTest {
  private static final Path ROOT = Path.of("..");

  /** Not what runs at a user's: they measure, or start clusters for tests. */
  private static final Set<String> OUTSIDE = Set.of("bench", "testkit", "junit", "examples");

  private static final Pattern COMMENT = Pattern.compile("(?s:/\\*.*?\\*/)|(?m:^\\s*//[^\\n]*$)");

  private record Seam(Pattern opens, Set<String> places) {
    static Seam of(String regex, String... places) {
      return new Seam(Pattern.compile(regex), Set.of(places));
    }
  }

  private static final List<Seam> SEAMS =
      List.of(
          // The raft port; and ZooKeeper's own servers, which are asked in a protocol of their own.
          Seam.of("new Socket\\(", "NodeLinks", "EnsembleProbe", "EnsembleServer"),
          // The raft port; and looks for ports that are free, where nobody ever connects.
          Seam.of("new ServerSocket\\(", "NodeLinks", "PortCheck", "WarmUpCommand"),
          Seam.of("SocketChannel\\s*\\.open|SocketFactory\\s*\\.getDefault"),
          // The api and peer ports.
          Seam.of(
              "createStreamConnectionServer|openStreamConnection|addHttps?Listener|performUpgrade",
              "PlainPortSockets"),
          // The Java client and the command line.
          Seam.of("HttpClient\\s*\\.new", "HttpClients"),
          Seam.of("\"(https?|wss?)(://|\")", "Scheme"));

  @Test
  void socketsAndSchemesComeFromTheirPlaces() throws IOException {
    for (Seam seam : SEAMS) {
      assertThat(places(seam.opens())).as(seam.opens().pattern()).isEqualTo(seam.places());
    }
  }

  private static Set<String> places(Pattern pattern) throws IOException {
    Set<String> places = new TreeSet<>();
    for (Path file : sources()) {
      String code = COMMENT.matcher(Files.readString(file)).replaceAll("");
      if (pattern.matcher(code).find()) {
        places.add(file.getFileName().toString().replace(".java", ""));
      }
    }
    return places;
  }

  private static List<Path> sources() throws IOException {
    List<Path> all = new ArrayList<>();
    for (Path module : modules()) {
      Path sources = module.resolve(Path.of("src", "main", "java"));
      if (Files.isDirectory(sources)) {
        try (Stream<Path> files = Files.walk(sources)) {
          all.addAll(files.filter(file -> file.toString().endsWith(".java")).toList());
        }
      }
    }
    return all;
  }

  /** Those of the folder, and the plugins one below. */
  private static Set<Path> modules() throws IOException {
    Set<Path> all = new TreeSet<>();
    for (Path folder : Arrays.asList(ROOT, ROOT.resolve("plugins"))) {
      try (Stream<Path> below = Files.list(folder)) {
        all.addAll(
            below
                .filter(module -> !OUTSIDE.contains(module.getFileName().toString()))
                .collect(Collectors.toSet()));
      }
    }
    return all;
  }
}
