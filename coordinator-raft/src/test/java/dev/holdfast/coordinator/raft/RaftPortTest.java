// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.holdfast.coordinator.raft.transport.Transport;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster among strangers, and with a node that is not what it was. */
@Timeout(180)
final class RaftPortTest {
  @TempDir Path root = Path.of("");

  private static Socket connect(RaftCluster cluster, String nodeId) throws IOException {
    String address = cluster.address(nodeId);
    int colon = address.lastIndexOf(':');
    Socket socket =
        new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** More connections than are let in unproven, silent ones and ones that announce much. */
  @Test
  void strangersKeepNobodyOutAndLearnNothing() throws Exception {
    try (RaftCluster cluster = RaftCluster.start(root, 3, Map.of())) {
      List<Socket> strangers = new ArrayList<>();
      String victim = cluster.awaitLeader();
      for (int i = 0; i < 300; i++) {
        Socket stranger = connect(cluster, victim);
        strangers.add(stranger);
        if (i % 2 == 0) {
          // A frame of the former protocol: 63 MiB follow.
          stranger.getOutputStream().write(new byte[] {3, (byte) 0xF0, 0, 0, 1, 0, 0, 0});
        }
      }
      cluster.crash(cluster.nameOf(cluster.follower()));
      RaftCluster.commit(cluster.node(victim), RaftCluster.put("a", "1"));
      assertThat(RaftCluster.value(cluster.node(victim), "a")).isEqualTo("1");
      for (Socket stranger : strangers) {
        assertThat(bytesUntilTheEnd(stranger)).isZero();
        stranger.close();
      }
      assertThat(cluster.fatal).isEmpty();
    }
  }

  private static int bytesUntilTheEnd(Socket socket) {
    try {
      return socket.getInputStream().readAllBytes().length;
    } catch (IOException _) {
      return 0; // Reset: what it had sent was not even read.
    }
  }

  /** Of a node of the cluster that has gone mad: no replica could ever get past such an entry. */
  @Test
  void garbageNeverGetsIntoTheLog() throws Exception {
    try (RaftCluster cluster = RaftCluster.start(root, 3, Map.of());
        Transport mad =
            new Transport(
                RaftPeerId.valueOf("n9_x"),
                RaftCoordinatorFactory.groupId("test"),
                "127.0.0.1",
                0,
                name -> name,
                RaftCluster.TIMEOUT,
                Meter.NONE,
                RaftCluster.LINKS,
                () -> {},
                System::nanoTime)) {
      String leader = cluster.awaitLeader();
      RaftPeerId id = RaftPeerId.valueOf(leader + "_a");
      mad.learn(
          List.of(RaftPeer.newBuilder().setId(id).setAddress(cluster.address(leader)).build()));
      for (byte[] entry :
          List.of(
              "garbage".getBytes(StandardCharsets.UTF_8),
              LogCodec.encodeBatch(new Command.Batch(leader + "_a", 1L << 60, List.of())))) {
        assertThatExceptionOfType(ExecutionException.class)
            .isThrownBy(() -> mad.propose(id, entry).get(20, TimeUnit.SECONDS))
            .havingCause()
            .withMessageMatching(".*(has format 103|in the name of).*");
      }
      RaftCluster.commit(cluster.leader(), RaftCluster.put("a", "1"));
      for (RaftCoordinator node : cluster.nodes()) {
        assertThat(RaftCluster.value(node, "a")).isEqualTo("1");
      }
      assertThat(cluster.fatal).isEmpty();
    }
  }

  /** It has forgotten what it promised: neither the first nor a later start makes it a voter. */
  @Test
  void anOlderCopyOfAFolderIsRefusedForGood() throws Exception {
    try (RaftCluster cluster = RaftCluster.start(root, 3, Map.of())) {
      cluster.stop("n3");
      Path folder = root.resolve("n3-a");
      Path copy = root.resolve("copy");
      copy(folder, copy);
      cluster.open("n3");
      RaftCluster.commit(cluster.node("n3"), RaftCluster.put("a", "1"));
      cluster.stop("n3");
      Folders.delete(folder);
      copy(copy, folder);

      for (int start = 0; start < 3; start++) {
        assertThatExceptionOfType(CoordinatorFailedException.class)
            .isThrownBy(() -> cluster.open("n3"))
            .withMessageContaining("is older than what the other nodes have")
            .withMessageContaining("Move the whole folder away");
      }
      assertThat(cluster.fatal).isEmpty();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path path : tree.sorted().toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target);
        }
      }
    }
  }
}
