// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A folder as people have them goes in with the {@code holdfast} command and comes out equal. */
@HoldfastCluster
@Timeout(value = 400, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class FolderIT {
  private static final Path JDK = Path.of(System.getProperty("java.home"));
  private static final Path LAUNCHER = launcher();
  private static final int ODD_FILES = 3_505;
  private static final int ODD_FOLDERS = 6;

  /** By a shell: the names are bytes, whatever the locale of this test is. */
  private static final String ODD_NAMES =
      """
      set -e
      mkdir -p "$1/d0" "$1/d1" "$1/d2" "$1/d3" "$1/d4"
      cd "$1"
      i=0
      while [ $i -lt 3483 ]; do echo $i > d$((i % 5))/f$i; i=$((i + 1)); done
      mkdir -- "-dir %20"
      for name in 'a b' ' first' 'last ' '100%' '%2F' '%zz' '#x' 'x?y=1&z=2' '-rf' '--help' '@file' 'Case' 'case' 'back\\slash' \
          "quote'\\"" '*[1]' '.hidden' '~' "$(printf 'new\\nline')" "$(printf '\\303\\274')" "$(printf 'u\\314\\210')"; do
        printf 'content of %s' "$name" > "./-dir %20/$name"
      done
      : > "./-dir %20/empty"
      """;

  private static final Duration COMMAND = Duration.ofSeconds(150);
  private static final Duration RESTART = Duration.ofMinutes(1);
  private static final Duration COPIES = Duration.ofMinutes(2);

  private final LocalCluster cluster;

  FolderIT(LocalCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void keepsAJdkThroughTheDeathOfEachNodeInTurn(@TempDir Path folder) throws Exception {
    Path jdk = copyOfJdk(folder.resolve("jdk"));
    assertThat(run(folder, cluster.node(0), "put", jdk.toString(), "jdk")).isZero();
    readBack(folder, cluster.node(1), jdk, "jdk", "first");
    Path java = folder.resolve("first").resolve("bin").resolve("java");
    assertThat(start(folder, List.of(java.toString(), "-version")).waitFor()).isZero();

    leavesNothingBehindWhenItIsEnded(folder);
    LocalNode victim = cluster.node(2);
    Files.createDirectory(folder.resolve("upload"));
    Process upload =
        start(folder.resolve("upload"), command(cluster.node(0), "put", jdk.toString(), "again"));
    try (NodeCalls calls = new NodeCalls()) {
      Await.until(
          COMMAND,
          () -> "some files of the second upload\n" + output(folder.resolve("upload")),
          () -> Await.get(() -> calls.keys(cluster.node(0), "again/", 50)) > 20);
    }
    victim.kill();
    assertThat(upload.isAlive()).as("the kill hits the upload").isTrue();
    assertThat(upload.waitFor(COMMAND.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(upload.exitValue()).as(output(folder.resolve("upload"))).isZero();
    readBack(folder, cluster.node(1), jdk, "again", "second");

    victim.start().awaitReady(RESTART);
    try (NodeCalls calls = new NodeCalls()) {
      calls.awaitAllCopies(cluster, COPIES);
    }
    for (LocalNode other : List.of(cluster.node(0), cluster.node(1))) {
      other.kill();
      cluster.awaitLeader(RESTART);
      readBack(folder, victim, jdk, "again", "without-" + other.id());
      other.start().awaitReady(RESTART);
    }
  }

  /**
   * More files than a page of a listing has, with names that a shell, a URL or a file system may
   * trip over.
   */
  @Test
  void keepsThousandsOfFilesWithOddNames(@TempDir Path folder) throws Exception {
    Path odd = folder.resolve("odd");
    Process made = start(folder, List.of("sh", "-c", ODD_NAMES, "sh", odd.toString()));
    assertThat(made.waitFor()).as(output(folder)).isZero();

    assertThat(run(folder, cluster.node(0), "put", odd.toString(), "odd"))
        .as(output(folder))
        .isZero();
    assertThat(run(folder, cluster.node(2), "ls", "-r", "odd/", "--json")).isZero();
    assertThat(output(folder).lines().filter(line -> line.contains("\"key\" :")))
        .hasSize(ODD_FILES + ODD_FOLDERS);
    assertThat(output(folder)).contains("\"complete\" : true");
    assertThat(run(folder, cluster.node(2), "put", odd.toString(), "odd")).isZero();
    assertThat(output(folder)).contains("stored 0 entries");
    readBack(folder, cluster.node(1), odd, "odd", "back");
    assertThat(run(folder, cluster.node(1), "rm", "-r", "odd")).as(output(folder)).isZero();
    assertThat(output(folder)).contains("deleted " + (ODD_FILES + ODD_FOLDERS + 1) + " objects");
    assertThat(run(folder, cluster.node(0), "get", "odd", folder.resolve("none").toString()))
        .isEqualTo(3);
  }

  private void leavesNothingBehindWhenItIsEnded(Path folder) throws Exception {
    Path target = folder.resolve("ended");
    Files.createDirectory(folder.resolve("ending"));
    Process get =
        start(folder.resolve("ending"), command(cluster.node(1), "get", "jdk", target.toString()));
    Await.until(
        COMMAND,
        () -> "a file that is not whole yet\n" + output(folder.resolve("ending")),
        () -> Await.get(() -> Files.exists(target) && parts(target) > 0));
    get.destroy(); // SIGTERM
    assertThat(get.waitFor(COMMAND.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(parts(target)).isZero();
  }

  private static long parts(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> path.toString().endsWith(".part")).count();
    } catch (UncheckedIOException e) {
      return 0; // A part took its place meanwhile.
    }
  }

  private void readBack(Path folder, LocalNode node, Path expected, String key, String name)
      throws Exception {
    Path target = folder.resolve(name);
    assertThat(run(folder, node, "get", key, target.toString()))
        .as(() -> output(folder) + cluster.logTails())
        .isZero();
    Process diff =
        start(
            folder,
            List.of("diff", "-r", "--no-dereference", expected.toString(), target.toString()));
    assertThat(diff.waitFor()).as(output(folder)).isZero();
    assertThat(facts(target)).isEqualTo(facts(expected));
  }

  /** The mode of every file and folder, the target of every link. */
  private static Map<String, String> facts(Path root) throws IOException {
    Map<String, String> facts = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.filter(path -> !path.equals(root)).toList()) {
        facts.put(
            root.relativize(path).toString(),
            Files.isSymbolicLink(path)
                ? "-> " + Files.readSymbolicLink(path)
                : PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
      }
    }
    return facts;
  }

  /** Links that lead out of the JDK are resolved; broken ones are left out. */
  private static Path copyOfJdk(Path target) throws IOException {
    try (Stream<Path> all = Files.walk(JDK)) {
      for (Path from : all.toList()) {
        Path to = target.resolve(JDK.relativize(from).toString());
        boolean leadsOut =
            Files.isSymbolicLink(from)
                && (!Files.exists(from) || !from.toRealPath().startsWith(JDK.toRealPath()));
        if (leadsOut) {
          if (Files.isRegularFile(from)) {
            Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
          }
        } else {
          Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        }
      }
    }
    // Some JDKs have no link at all, and a story about links must have one.
    Files.createSymbolicLink(target.resolve("bin").resolve("java-by-link"), Path.of("java"));
    return target;
  }

  /** Of the distribution that the nodes run from. */
  private static Path launcher() {
    String home = System.getProperty("holdfast.home");
    return (home == null ? Path.of("target", "holdfast") : Path.of(home))
        .resolve("bin")
        .resolve("holdfast");
  }

  private static int run(Path folder, LocalNode node, String... arguments) throws Exception {
    Process process = start(folder, command(node, arguments));
    if (!process.waitFor(COMMAND.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(String.join(" ", arguments) + " hangs\n" + output(folder));
    }
    return process.exitValue();
  }

  private static List<String> command(LocalNode node, String... arguments) {
    return Stream.concat(
            Stream.of(LAUNCHER.toAbsolutePath().toString()),
            Stream.concat(Stream.of(arguments), Stream.of("--server", node.apiUri().toString())))
        .toList();
  }

  private static Process start(Path folder, List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile());
    builder.environment().put("JAVA_HOME", JDK.toString());
    return builder.start();
  }

  private static String output(Path folder) {
    return Await.get(() -> Files.readString(folder.resolve("output")));
  }
}
