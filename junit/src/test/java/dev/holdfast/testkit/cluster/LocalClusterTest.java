// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, but of a node that does nothing. */
final class LocalClusterTest {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  @TempDir private static Path temp;

  private static LocalCluster.Builder fake() throws IOException {
    return LocalCluster.builder().home(FakeDistribution.in(temp.resolve("home"))).heap("32m");
  }

  private static String log(LocalNode node) throws IOException {
    return Files.readString(node.log());
  }

  @Test
  void startsEveryNodeAsAFounderAndKnowsTheLeader() throws IOException {
    try (LocalCluster cluster = fake().nodes(2).option("raft.snapshotEntries", "500").start()) {
      int port = cluster.node("n1").apiUri().getPort();

      assertThat(cluster.nodes()).extracting(LocalNode::id).containsExactly("n1", "n2");
      assertThat(cluster.apiUris()).hasSize(2).doesNotHaveDuplicates();
      assertThat(cluster.awaitLeader(DEADLINE).id()).isEqualTo("n1");
      assertThat(log(cluster.node(1)))
          .contains("started with node --id n2")
          .contains("--found n1=127.0.0.1:%d,n2=127.0.0.1:%d".formatted(port + 1, port + 11))
          .contains("--set raft.snapshotEntries=500")
          .contains("with fake.flag 1", "with a heap of 3"); // of 32m, less what Serial keeps back
      assertThat(Files.getPosixFilePermissions(cluster.folder().resolve("secret")))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
  }

  @Test
  void labelsAreForOneNodeAndTheConfigFileForAll() throws IOException {
    Path file = temp.resolve("holdfast.yaml");

    try (LocalCluster cluster = fake().nodes(2).labels("n2", "zone=eu").configFile(file).start()) {
      assertThat(log(cluster.node("n1"))).contains("--config " + file).doesNotContain("--labels");
      assertThat(log(cluster.node("n2"))).contains("--config " + file).contains("--labels zone=eu");
    }
  }

  @Test
  void aKilledNodeIsGoneAndStartsAgainWhereItWas() throws IOException {
    try (LocalCluster cluster = fake().nodes(2).start()) {
      LocalNode node = cluster.node("n1");
      long pid = node.pid();

      node.kill();

      assertThat(node.isAlive()).isFalse();
      assertThat(node.isReady()).isFalse();
      assertThat(cluster.leader()).as("a dead node leads nobody").isEmpty();
      assertThat(log(node)).doesNotContain("ends in order");
      var unused = node.start().awaitReady(DEADLINE);
      assertThat(node.pid()).isNotEqualTo(pid);
      assertThat(log(node).split("started with", -1)).as("both starts are in its log").hasSize(3);
      assertThatThrownBy(node::start).hasMessageContaining("runs already");
    }
  }

  @Test
  void aStoppedNodeEndsInOrder() throws IOException {
    try (LocalCluster cluster = fake().nodes(1).start()) {
      LocalNode node = cluster.node(0);

      node.stop();

      assertThat(node.isAlive()).isFalse();
      assertThat(log(node)).contains("ends in order");
    }
  }

  @Test
  void aPausedNodeAnswersOnlyAfterItGoesOn() throws IOException {
    try (LocalCluster cluster = fake().nodes(1).start()) {
      LocalNode node = cluster.node(0);

      node.pause();
      assertThat(node.isPaused()).isTrue();
      assertThat(node.isReady()).isFalse();

      node.resume();
      Await.until(DEADLINE, "it answers again", node::isReady);
      node.pause();
      node.stop();
      assertThat(log(node)).contains("ends in order");
    }
  }

  @Test
  void oneMoreNodeJoinsThroughThePeersOfTheOthers() throws IOException {
    try (LocalCluster cluster = fake().nodes(1).start()) {
      int peer = cluster.node(0).apiUri().getPort() + 1;

      LocalNode joined = cluster.join().awaitReady(DEADLINE);

      assertThat(joined.id()).isEqualTo("n2");
      assertThat(log(joined)).contains("--join 127.0.0.1:" + peer).doesNotContain("--found");
    }
  }

  @Test
  void aNodeThatDiesAtItsStartIsNamedAndNothingIsLeft() {
    Path data = temp.resolve("dying");

    assertThatThrownBy(() -> fake().nodes(2).dataFolder(data).option("dies", "n2").start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("n2 has ended before it was ready")
        .hasMessageContaining("n2 dies on purpose");

    Await.until(DEADLINE, "the first node is killed too", () -> !runs(data.resolve("n1/pid")));
  }

  private static boolean runs(Path pidFile) {
    if (!Files.exists(pidFile)) {
      return false; // killed before it wrote its pid
    }
    long pid = Long.parseLong(Await.get(() -> Files.readString(pidFile)));
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  @Test
  void closingKillsAllAndRemovesOnlyItsOwnFolder() throws IOException {
    Path named = temp.resolve("named");
    LocalCluster own = fake().nodes(1).start();
    LocalCluster other = fake().nodes(1).dataFolder(named).start();

    assertThat(own.apiUris()).doesNotContainAnyElementsOf(other.apiUris());
    own.close();
    own.close();
    other.saveLogs(temp.resolve("saved"));
    other.close();

    assertThat(own.node(0).isAlive()).isFalse();
    assertThat(other.node(0).isAlive()).isFalse();
    assertThat(own.folder()).doesNotExist();
    assertThat(named.resolve("logs/n1.log")).exists();
    assertThat(temp.resolve("saved/n1.log")).hasSameTextualContentAs(named.resolve("logs/n1.log"));
  }
}
