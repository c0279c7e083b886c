// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script {@code holdfast} in an unpacked distribution, on a JDK that only tells its options.
 */
final class LauncherTest {
  private static final String JAR = "lib/holdfast-cli.jar";

  @TempDir private Path temp = Path.of("");
  private Path home = temp;
  private Path jdk = temp;

  /**
   * @param out what the command said on stdout: here, the options of the JVM
   */
  private record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void unpack() throws IOException {
    home = temp.resolve("a folder");
    jdk = temp.resolve("jdk");
    for (String folder : List.of("bin", "conf", "lib")) {
      Files.createDirectories(home.resolve(folder));
    }
    Files.copy(
        Path.of("..", "holdfast"),
        home.resolve("bin/holdfast"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.writeString(home.resolve("conf/jvm.flags"), "-Dflag.of=lmdb\n");
    Files.writeString(home.resolve(JAR), "code");
    Files.createDirectories(jdk.resolve("bin"));
    release("25.0.3+9");
    java("case $one in -XX:AOTCacheOutput=*) echo learnt >\"${one#*=}\" ;; esac");
  }

  private void release(String version) throws IOException {
    Files.writeString(
        jdk.resolve("release"), "JAVA_VERSION=\"25\"\nRUNTIME=\"%s\"\n".formatted(version));
  }

  /** Prints its options, and does this with each of them. */
  private void java(String withEach) throws IOException {
    Path java = jdk.resolve("bin/java");
    Files.writeString(java, "#!/bin/sh\nfor one; do echo \"$one\"; %s\ndone\n".formatted(withEach));
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Result run(String... arguments) throws Exception {
    return runWith("", arguments);
  }

  private Result runWith(String options, String... arguments) throws Exception {
    List<String> line = new ArrayList<>(List.of(home.resolve("bin/holdfast").toString()));
    line.addAll(List.of(arguments));
    Path err = temp.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(line).redirectError(err.toFile());
    builder.environment().put("HOLDFAST_JAVA_HOME", jdk.toString());
    builder.environment().put("HOLDFAST_JVM_OPTS", options);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), out, Files.readString(err));
  }

  private List<Path> caches() throws IOException {
    try (Stream<Path> files = Files.list(home.resolve("conf"))) {
      return files.filter(file -> file.toString().contains(".aot")).toList();
    }
  }

  private boolean nodeUsesACache() throws Exception {
    Result node = run("node", "--id", "n1");
    assertThat(node.exitCode()).as(node.err()).isZero();
    assertThat(node.err()).isEmpty();
    assertThat(node.out()).contains("-Dflag.of=lmdb\n").endsWith("node\n--id\nn1\n");
    assertThat(caches()).as("a node never makes one").hasSizeLessThan(2);
    return node.out().contains("-XX:AOTCache=" + home.toRealPath() + "/conf/node-");
  }

  @Test
  void aCollectorThatTheUserChoseIsTheOnlyOne() throws Exception {
    assertThat(run("get").out()).contains("-XX:+UseSerialGC\n");
    assertThat(runWith("-Xmx2g", "get").out()).contains("-XX:+UseSerialGC\n").contains("-Xmx2g\n");

    assertThat(runWith("-Xmx2g -XX:+UseZGC", "get").out())
        .contains("-Xmx2g\n")
        .contains("-XX:+UseZGC\n")
        .doesNotContain("SerialGC")
        .doesNotContain("SharedArchiveFile");
  }

  @Test
  void upMakesTheCacheOnceAndNodesUseIt() throws Exception {
    assertThat(nodeUsesACache()).isFalse();

    Result first = run("up", "--detach");
    Result second = run("up", "--detach");

    assertThat(first.err()).hasLineCount(1).contains("preparing the start of nodes");
    assertThat(second.err()).isEmpty();
    assertThat(first.out()).isEqualTo(second.out()).endsWith("up\n--detach\n");
    assertThat(caches()).hasSize(1);
    assertThat(nodeUsesACache()).isTrue();
  }

  @Test
  void otherCommandsAndHelpMakeNone() throws Exception {
    for (String line : List.of("up --help", "put a", "help up")) {
      assertThat(run(line.split(" ")).err()).as(line).isEmpty();
    }

    assertThat(caches()).isEmpty();
  }

  @Test
  void aCacheOfAnotherJdkIsNotUsedAndGivesWay() throws Exception {
    run("up");
    release("25.0.4+7");
    assertThat(nodeUsesACache()).isFalse();

    run("up");

    assertThat(nodeUsesACache()).isTrue();
    assertThat(caches()).hasSize(1);
  }

  @Test
  void aCacheOfOtherJarsIsNotUsedEvenWhenDateAndSizeAreTheSame() throws Exception {
    run("up");
    Path jar = home.resolve(JAR);
    FileTime date = Files.getLastModifiedTime(jar);
    Files.writeString(jar, "CODE");
    Files.setLastModifiedTime(jar, date);

    assertThat(nodeUsesACache()).isFalse();
    run("up");
    assertThat(nodeUsesACache()).isTrue();
  }

  @Test
  void whatCannotBeMadeIsTriedOnceAndGoneWithout() throws Exception {
    java(
        "case $one in -XX:AOTCacheOutput=*) echo half | tee \"${one#*=}\" >\"${one#*=}.config\"; exit 1 ;; esac");

    assertThat(run("up").exitCode()).isZero();
    assertThat(run("up").err()).isEmpty();

    assertThat(nodeUsesACache()).isFalse();
    assertThat(caches()).hasSize(1).allMatch(file -> file.toFile().length() == 0);
    assertThat(run("warm-up").exitCode()).isEqualTo(5);
  }

  @Test
  void warmUpMakesItAndSaysNothingToStdout() throws Exception {
    Result made = run("warm-up");

    assertThat(made.exitCode()).as(made.err()).isZero();
    assertThat(made.out()).isEmpty();
    assertThat(nodeUsesACache()).isTrue();
  }

  @Test
  void launchersAtTheSameTimeDoNoHarm() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(home.resolve("bin/holdfast").toString(), "warm-up")
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("HOLDFAST_JAVA_HOME", jdk.toString());
    List<Process> launchers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      launchers.add(builder.start());
    }
    for (Process launcher : launchers) {
      assertThat(launcher.waitFor()).isZero();
    }

    assertThat(caches()).hasSize(1);
    assertThat(nodeUsesACache()).isTrue();
  }
}
