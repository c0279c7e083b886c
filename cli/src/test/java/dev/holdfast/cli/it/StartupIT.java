// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that cannot start say why in one sentence, and do no harm to the cluster beside them. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class StartupIT {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  @SuppressWarnings("NullAway.Init")
  private static LocalCluster cluster;

  @SuppressWarnings("NullAway.Init")
  private static Rest rest;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path temp;

  @BeforeAll
  static void start() {
    cluster = LocalCluster.builder().nodes(1).start();
    rest = new Rest();
  }

  @AfterAll
  static void stop() {
    rest.close();
    cluster.close();
  }

  @AfterEach
  void theClusterTakesWrites() throws Exception {
    assertThat(rest.send(cluster.node(0), "PUT", "/v1/objects/sound", "body").statusCode())
        .isBetween(200, 201);
  }

  @ParameterizedTest
  @ValueSource(strings = {"node.api", "node.peer", "node.raft"})
  void aPortInUseIsNamed(String key) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      LocalCluster.Builder builder = LocalCluster.builder().nodes(1);
      for (String port : List.of("node.api", "node.peer", "node.raft")) {
        builder.option(port, "127.0.0.1:" + (port.equals(key) ? taken.getLocalPort() : freePort()));
      }

      assertThat(failureOf(builder))
          .containsIgnoringCase("port " + taken.getLocalPort())
          .contains("in use", "Stop what listens there, or choose another");
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void aFolderWithOtherFilesIsLeftAlone() throws Exception {
    Path photos = Files.createDirectories(temp.resolve("n1"));
    Files.writeString(photos.resolve("photo.jpg"), "precious");

    String failure = failureOf(LocalCluster.builder().nodes(1).dataFolder(temp));

    assertThat(failure).contains("is not empty and has no", "photo.jpg", "Use an empty folder");
    assertThat(photos).isDirectoryContaining(path -> path.endsWith("photo.jpg"));
    try (var files = Files.list(photos)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void aFolderThatAnotherProcessUsesIsRefused() throws Exception {
    assertThat(failureOf(LocalCluster.builder().nodes(1).dataFolder(cluster.folder())))
        .contains("is in use by another process");
  }

  @Test
  void aSecretThatOthersCanReadIsRefusedAndNotShown() throws Exception {
    Path secret = Files.writeString(temp.resolve("secret"), "ab".repeat(32));
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));

    assertThat(failureOf(LocalCluster.builder().nodes(1).dataFolder(temp)))
        .contains("can be read by others (rw-r--r--). Run: chmod 600 " + secret)
        .doesNotContain("abab");
  }

  @Test
  void aNodeWithAnotherSecretStaysOutsideAndSaysWhy() throws Exception {
    Path other =
        Files.createFile(
            temp.resolve("other"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(other, "cd".repeat(32));
    Path own = cluster.folder().resolve("secret");
    byte[] good = Files.readAllBytes(own);
    LocalNode stranger;
    try {
      Files.write(own, Files.readAllBytes(other)); // the running node has read its own already
      stranger = cluster.join();
      Await.until(
          DEADLINE,
          () -> "the new node says why\n" + cluster.logTails(),
          () ->
              String.join("\n", stranger.logTail())
                  .contains("has another cluster secret than this node"));
      assertThat(stranger.isReady()).isFalse();
      assertThat(String.join("\n", stranger.logTail())).doesNotContain("cdcd");
      stranger.kill();
    } finally {
      Files.write(own, good);
    }

    assertThat(rest.json(cluster.node(0), "/v1/cluster").path("nodes").size()).isEqualTo(1);
    var _ = stranger.start().awaitReady(DEADLINE);
    assertThat(rest.json(stranger, "/v1/cluster").path("nodes").size()).isEqualTo(2);
  }

  /**
   * Garbage the JVM tells at once; a cache that differs from itself in the middle could crash it.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 40_000_000})
  void aNodeStartsBesideADamagedCacheAndSaysNothingOfIt(int damagedAt) throws Exception {
    Path home = distributionWithACache();
    try (Stream<Path> files = Files.list(home.resolve("conf"))) {
      for (Path cache : files.filter(file -> file.toString().endsWith(".aot")).toList()) {
        try (FileChannel content = FileChannel.open(cache, StandardOpenOption.WRITE)) {
          content.write(ByteBuffer.wrap("garbage".repeat(10_000).getBytes(UTF_8)), damagedAt);
        }
      }
    }

    try (LocalCluster other = LocalCluster.builder().nodes(1).home(home).start()) {
      assertThat(rest.send(other.node(0), "PUT", "/v1/objects/a", "body").statusCode())
          .isEqualTo(201);
      assertThat(Files.readString(other.node(0).log())).doesNotContainIgnoringCase("aot");
    }
  }

  /** The one that was built, with a configuration folder of its own. */
  private Path distributionWithACache() throws IOException {
    Path home = temp.resolve("home");
    for (String part : List.of("bin", "conf")) {
      FileUtils.copyDirectory(cluster.home().resolve(part).toFile(), home.resolve(part).toFile());
    }
    for (String part : List.of("lib", "plugins")) {
      Files.createSymbolicLink(home.resolve(part), cluster.home().toRealPath().resolve(part));
    }
    try (Stream<Path> files = Files.list(home.resolve("conf"))) {
      assumeThat(files).as("a cache was made").anyMatch(file -> file.toString().endsWith(".aot"));
    }
    return home;
  }

  /** The end of the log of a node that did not start. */
  private static String failureOf(LocalCluster.Builder builder) {
    try (LocalCluster started = builder.start()) {
      throw new AssertionError(started.nodes() + " started");
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("n1 has ended before it was ready");
      return String.valueOf(e.getMessage());
    }
  }
}
