// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script {@code holdfast} with a real JVM and the real commands, called by a shell as cron, a
 * container or a user would.
 */
final class RealLauncherTest {
  private static final String LATIN1_UE = "'gr\u00fcn'";

  @TempDir private static Path once;
  @TempDir private Path temp = Path.of("");
  private Path home = Path.of("");
  private final FakeCluster cluster;

  RealLauncherTest() throws IOException {
    cluster = new FakeCluster();
  }

  private record Result(int exitCode, String out, String err) {}

  @BeforeAll
  static void pack() throws IOException {
    distribution(once.resolve("dist"));
  }

  @BeforeEach
  void choose() {
    home = once.resolve("dist");
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  /** A distribution of the classes under test. */
  private static void distribution(Path home) throws IOException {
    for (String folder : List.of("bin", "conf", "lib")) {
      Files.createDirectories(home.resolve(folder));
    }
    Files.copy(
        Path.of("..", "holdfast"),
        home.resolve("bin/holdfast"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.writeString(home.resolve("conf/jvm.flags"), "--enable-native-access=ALL-UNNAMED\n");
    int number = 0;
    for (String element : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(element);
      Path jar = home.resolve("lib").resolve(number++ + ".jar");
      if (Files.isDirectory(path)) {
        pack(path, jar);
      } else if (Files.exists(path)) {
        Files.createSymbolicLink(jar, path.toAbsolutePath());
      }
    }
  }

  private static void pack(Path classes, Path jar) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(classes)) {
      out.setLevel(java.util.zip.Deflater.NO_COMPRESSION);
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        Files.copy(file, out);
        out.closeEntry();
      }
    }
  }

  /**
   * Runs lines of a shell, in which {@code hf} is the launcher and {@code $S} names the cluster.
   */
  private Result sh(String script) throws Exception {
    return sh(script.getBytes(StandardCharsets.UTF_8));
  }

  private Result sh(byte[] script) throws Exception {
    Path file = temp.resolve("script");
    String prologue =
        """
        hf() { '%s/bin/holdfast' "$@"; }
        S='--server %s'
        export S
        """
            .formatted(home, cluster.url());
    Files.write(file, prologue.getBytes(StandardCharsets.UTF_8));
    Files.write(file, script, java.nio.file.StandardOpenOption.APPEND);
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", file.toString())
            .directory(temp.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectError(temp.resolve("err").toFile())
            .redirectOutput(temp.resolve("out").toFile());
    builder.environment().clear();
    builder.environment().put("PATH", System.getenv("PATH"));
    builder.environment().put("HOLDFAST_JAVA_HOME", System.getProperty("java.home"));
    int code = builder.start().waitFor();
    return new Result(code, text("out"), text("err"));
  }

  private String text(String name) {
    try {
      return Files.readString(temp.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void namesAndValuesAreTheBytesGivenInEveryLocale() throws Exception {
    Result result =
        sh(
            """
            echo one > 'ä' && mkdir 'dä ta'
            hf put 'ä' 'schlüssel-ä' $S &&
            LC_ALL=C hf put 'ä' 'schlüssel-ö' $S &&
            LC_ALL=POSIX hf get 'schlüssel-ä' 'dä ta/ö' $S && cat 'dä ta/ö'
            LC_ALL=C hf lock 'sperre-ü' $S -- sh -c 'printf "%s:%s:%s\\n" "$1" "$HOLDFAST_LOCK" "${LC_ALL-none}"' sh 'ärg'
            hf lock 'sperre-ü' $S -- sh -c 'printf "%s\\n" "${LC_ALL-none}"'
            """);

    assertThat(cluster.keys()).as(result.err()).containsExactly("schlüssel-ä", "schlüssel-ö");
    assertThat(result.out()).endsWith("one\närg:sperre-ü:C\nnone\n");
    assertThat(result.exitCode()).isZero();
    assertThat(temp.resolve("dä ta/ö")).hasContent("one");
  }

  @Test
  void anArgumentThatIsNotUtf8IsRefused() throws Exception {
    String script = "echo x > f; hf put f " + LATIN1_UE + " $S";

    Result result = sh(script.getBytes(StandardCharsets.ISO_8859_1));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("argument 3").contains("not valid UTF-8");
    assertThat(cluster.keys()).isEmpty();
  }

  @Test
  void anAtSignMeansNothing() throws Exception {
    Result result =
        sh(
            """
            echo 'payload body' > payload
            hf lock l $S -- echo -d @payload
            hf lock l $S -- echo @payload
            hf kv set @payload @payload $S
            """);

    assertThat(result.out()).isEqualTo("-d @payload\n@payload\nset @payload, version 0\n");
    assertThat(result.exitCode()).as(result.err()).isZero();
  }

  @Test
  void whoseOutputIsFullOrClosedSaysSo() throws Exception {
    cluster.plant("big", "x".repeat(2_000_000), java.util.Map.of());

    Result result =
        sh(
            """
            hf get big - $S > /dev/full; echo $?
            { hf get big - $S; echo $? > code; } | head -c 3; cat code
            hf cluster status --json $S > /dev/full; echo $?
            """);

    assertThat(result.out()).isEqualTo("1\nxxx141\n1\n");
    assertThat(result.err().lines().filter(line -> !line.contains("next:")))
        .containsOnly("holdfast: cannot write to standard output: No space left on device")
        .hasSize(2);
  }

  @Test
  void aCommandUnderALockKeepsTheTerminal() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/script")), "needs script(1), which has a terminal");

    Result result =
        sh(
            """
            script -qec "'%s/bin/holdfast' lock l $S -- sh -c 'echo asked > /dev/tty'" /dev/null
            hf lock l $S -- sh -c 'echo refused > /dev/tty' 2>/dev/null || echo none
            """
                .formatted(home));

    assertThat(result.out()).contains("asked").contains("none").doesNotContain("refused");
  }

  @Test
  void aCollectorNamedInAnyVariableIsTheOnlyOne() throws Exception {
    for (String variable :
        List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "HOLDFAST_JVM_OPTS")) {
      Result result = sh(variable + "=-XX:+UseParallelGC hf --version");

      assertThat(result.exitCode()).as(variable + ": " + result.err()).isZero();
    }
  }

  @Test
  void aDistributionThatWasCopiedOrHasAColonSaysNothingElse() throws Exception {
    assertThat(sh("hf --version").err()).isEmpty();
    for (String place : List.of("copy", "in:st", "ä ö")) {
      Path copy = temp.resolve(place);
      Process cp =
          new ProcessBuilder("cp", "-r", home.toString(), copy.toString()).inheritIO().start();
      assertThat(cp.waitFor()).isZero();
      home = copy;

      Result result = sh("hf --version && hf --version && hf up --help | head -1");

      assertThat(result.err()).as(place).isEmpty();
      assertThat(result.exitCode()).isZero();
    }
    assertThat(archives(temp.resolve("copy"))).as("made again").hasSize(1);
    assertThat(archives(temp.resolve("copy")))
        .doesNotContainAnyElementsOf(archives(once.resolve("dist")));
  }

  private static List<String> archives(Path dist) throws IOException {
    try (Stream<Path> files = Files.list(dist.resolve("conf"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".jsa"))
          .toList();
    }
  }
}
