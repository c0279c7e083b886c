// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.cli.objects.LinkRestore.Link;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Links are judged by what the disk has, and never lead out, also not through each other. */
final class LinkRestoreTest {
  private static final InstantSource NOW = InstantSource.fixed(Instant.EPOCH);
  private static final int SEEDS = 300;
  private static final List<String> NAMES = List.of("a", "b", "c");

  @TempDir private Path temp = Path.of("");
  private Path outside = temp;
  private Path root = temp;

  @BeforeEach
  void folders() throws IOException {
    outside = Files.createDirectories(temp.toRealPath().resolve("x/y"));
    root = outside.resolve("root");
  }

  private List<Refusals.Refusal> restore(List<Link> links) throws Exception {
    Refusals refused = new Refusals();
    try (SafeFolder folder = new SafeFolder(root, NOW)) {
      new LinkRestore(folder, /* keepOutside= */ false, refused).makeAll(links);
    }
    return refused.list();
  }

  private static Link link(String at, String target) {
    return new Link(Arrays.asList(at.split("/")), target, Optional.empty());
  }

  @Test
  void linkThroughOneThatIsRefusedIsJudgedByWhatIsThere() throws Exception {
    Files.createDirectories(root.resolve("d")); // So the link d cannot be made.

    List<Refusals.Refusal> refused =
        restore(List.of(link("x", "d/../../secret"), link("d", "deep/er/a/b/c")));

    assertThat(refused).extracting(Refusals.Refusal::name).containsExactly("d", "x");
    assertThat(Files.isSymbolicLink(root.resolve("x"))).isFalse();
  }

  @Test
  void linkUpFromALaterLinkLeadsWhereItLedWhenItWasJudged() throws Exception {
    Files.createDirectories(root.resolve("deep/er"));

    List<Refusals.Refusal> refused =
        restore(List.of(link("x", "deep/er/d/../../secret"), link("deep/er/d", "../..")));

    assertThat(refused).extracting(Refusals.Refusal::name).containsExactly("x");
    assertThat(Files.readSymbolicLink(root.resolve("deep/er/d"))).isEqualTo(Path.of("../.."));
  }

  @Test
  void olderLinkOfTheDiskIsNotWhatALinkThroughItIsJudgedBy() throws Exception {
    Files.createDirectories(root.resolve("deep/er"));
    Files.createSymbolicLink(root.resolve("d"), Path.of("deep/er"));

    List<Refusals.Refusal> refused = restore(List.of(link("x", "d/../../secret"), link("d", ".")));

    assertThat(refused).extracting(Refusals.Refusal::name).containsExactly("x");
  }

  @Test
  void linksThatStayInsideComeBackInWhateverOrder() throws Exception {
    Files.createDirectories(root.resolve("v2/lib"));
    List<Link> links =
        List.of(
            link("lib", "current/../v2/lib"),
            link("current", "stable"),
            link("stable", "v2"),
            link("gone", "not/there"),
            link("circle", "round"),
            link("round", "circle"));

    assertThat(restore(links)).isEmpty();
    assertThat(restore(links.reversed())).isEmpty();
    assertThat(root.resolve("lib").toRealPath()).isEqualTo(root.resolve("v2/lib"));
  }

  @Test
  void longChainNeedsNoDeepStack() throws Exception {
    List<Link> chain =
        IntStream.range(0, 2_000).mapToObj(i -> link("l" + i, "l" + (i + 1) + "/x")).toList();

    assertThat(restore(chain)).isEmpty();
  }

  static Stream<Long> seeds() {
    return IntStream.range(0, SEEDS).mapToObj(i -> (long) i);
  }

  /** Twice into the same folder: the second time through what the first one left. */
  @ParameterizedTest
  @MethodSource("seeds")
  void noLinkOfARandomFolderLeadsOut(long seed) throws Exception {
    Random random = new Random(seed);
    for (Path up : List.of(outside, outside.resolve(".."), outside.resolve("../.."))) {
      for (String name : NAMES) {
        Files.createDirectories(up.resolve(name).resolve(NAMES.get(random.nextInt(3))));
      }
    }
    for (String name : NAMES) {
      if (random.nextBoolean()) {
        Files.createDirectories(root.resolve(name).resolve(NAMES.get(random.nextInt(3))));
      }
    }

    for (int round = 0; round < 2; round++) {
      List<Link> links = new ArrayList<>();
      for (int i = random.nextInt(8); i >= 0; i--) {
        links.add(link(path(random, 1 + random.nextInt(3), false), path(random, 6, true)));
      }
      restore(links);
      assertNothingLeadsOut(seed + " " + links);
    }
  }

  private static String path(Random random, int parts, boolean withUps) {
    return String.join(
        "/",
        IntStream.rangeClosed(0, withUps ? random.nextInt(parts) : parts - 1)
            .mapToObj(i -> withUps && random.nextInt(5) < 2 ? ".." : NAMES.get(random.nextInt(3)))
            .toList());
  }

  private void assertNothingLeadsOut(String story) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.filter(Files::isSymbolicLink).toList()) {
        if (Files.exists(path)) {
          assertThat(path.toRealPath().startsWith(root.toRealPath()))
              .as(story + ": " + path + " -> " + Files.readSymbolicLink(path))
              .isTrue();
        }
      }
    }
  }
}
