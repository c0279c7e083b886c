// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.node.config.NodeConfig;
import dev.holdfast.node.data.DataFolder;
import dev.holdfast.node.data.Founder;
import dev.holdfast.node.plugin.UnknownPolicyException;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.NodeLinks;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.Voters;
import dev.holdfast.spi.coordinator.support.SecretProof;
import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The very first start of nodes, and a crash between any two of its steps. The mark that a
 * coordinator runs here stands before the first vote, and never where nothing could be lost.
 */
@Timeout(240)
final class FirstStartTest {
  private static final Duration SOON = Duration.ofSeconds(90);

  @TempDir Path temp;

  private final List<AutoCloseable> open = new ArrayList<>();

  private NodeConfig config(String... more) throws Exception {
    Map<String, NodeConfig.Flag> flags = new HashMap<>();
    List<String> settings = new ArrayList<>(List.of(more));
    settings.addAll(
        List.of(
            "cluster.found=n1=127.0.0.1:1",
            "node.id=n1",
            "node.data=" + temp.resolve("data"),
            "node.api=" + address(),
            "node.peer=" + address(),
            "node.raft=" + address()));
    for (String setting : settings) {
      String[] pair = setting.split("=", 2);
      flags.putIfAbsent(pair[0], new NodeConfig.Flag("--set", pair[1]));
    }
    return NodeConfig.read(Optional.empty(), Map.of(), flags);
  }

  private static String address() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "127.0.0.1:" + socket.getLocalPort();
    }
  }

  private void assertStartFails(Class<? extends Exception> type, String... settings)
      throws Exception {
    NodeConfig config = config(settings);
    assertThatThrownBy(() -> new Node(config, temp.resolve("dist"), _ -> {}).close())
        .isInstanceOf(type);
  }

  @Test
  void theMarkIsOnTheDiskBeforeTheCoordinatorOpensAndNotBeforeItHasSomethingToLose()
      throws Exception {
    FirstLookFactory.SEEN.clear();
    assertStartFails(CoordinatorException.class, "coordinator=first-look");
    assertStartFails(CoordinatorException.class, "coordinator=first-look");

    String incarnation = FirstLookFactory.SEEN.getFirst().split("[ ,]", -1)[2];
    assertThat(FirstLookFactory.SEEN)
        .containsExactly(
            "prepare as " + incarnation + ", marked null",
            "open as " + incarnation + ", marked \"first-look\"",
            "prepare as " + incarnation + ", marked \"first-look\"",
            "open as " + incarnation + ", marked \"first-look\"");

    Files.delete(temp.resolve("data").resolve("coordinator").resolve("made"));
    assertStartFails(CoordinatorException.class, "coordinator=first-look");
    assertThat(FirstLookFactory.SEEN.getLast()).doesNotContain(incarnation);
  }

  /** Nobody has heard of the node by then, and its folder may go into any cluster. */
  @Test
  void aWrongPolicyEndsTheStartBeforeTheNodeBelongsToACluster() throws Exception {
    assertStartFails(UnknownPolicyException.class, "placement.policy=racks/spread");
    assertStartFails(UnknownPolicyException.class, "merge.policies=merge-json/default");

    try (DataFolder data = DataFolder.open(temp.resolve("data"), "n1", "later")) {
      assertThat(data.cluster()).isNull();
    }
    assertThat(temp.resolve("data").resolve("coordinator")).doesNotExist();
  }

  /** Where a node of the real Raft is killed. */
  enum Killed {
    WHEN_BOUND,
    WHEN_PREPARED,
    WHEN_MARKED,
    WHEN_OPEN
  }

  /** Two of three, so that there is a leader only if they come back as the founders they were. */
  @ParameterizedTest
  @EnumSource
  void aCrashAtTheFirstStartOfAMajorityIsHarmless(Killed killed) throws Exception {
    List<Founder> founders =
        List.of(
            new Founder("n1", "i1", address()),
            new Founder("n2", "i2", address()),
            new Founder("n3", "i3", address()));
    try {
      for (Founder one : founders) {
        Started first = start(one, founders, "new", one.id().equals("n3") ? null : killed);
        if (!one.id().equals("n3")) {
          first.close();
        }
      }
      Coordinator n1 = start(founders.get(0), founders, "n1-again", null).coordinator();
      Started second = start(founders.get(1), founders, "n2-again", null);

      assertThat(second.data().incarnation()).as("n2 is who it was").isEqualTo("i2");
      Transaction put =
          new Transaction(
              List.of(), List.of(new Change.Put(new EntryKey("map/m/a"), Bytes.utf8("1"))));
      Await.until(SOON, "n1 and n2 elect and agree", () -> isCommitted(n1, put));
    } finally {
      close();
    }
  }

  /** Before the mark it has not voted; from the mark on, whatever it did is gone. */
  @ParameterizedTest
  @EnumSource
  void aFolderThatIsGoneIsALossFromTheMarkOn(Killed killed) throws Exception {
    List<Founder> alone = List.of(new Founder("n1", "i1", address()));
    try {
      start(alone.getFirst(), alone, "new", killed).close();
      PathUtils.delete(temp.resolve("n1").resolve("coordinator"));

      DataFolder data = DataFolder.open(temp.resolve("n1"), "n1", "ignored");
      open.add(data);
      data.checkCoordinator("raft", raft()::isLost, "i1+");

      assertThat(data.incarnation())
          .isEqualTo(
              switch (killed) {
                case WHEN_BOUND, WHEN_PREPARED -> "i1";
                case WHEN_MARKED, WHEN_OPEN -> "i1+";
              });
    } finally {
      close();
    }
  }

  private static boolean isCommitted(Coordinator coordinator, Transaction transaction) {
    try {
      return coordinator.commit(transaction, Duration.ofSeconds(5))
          instanceof CommitResult.Committed;
    } catch (CoordinatorException e) {
      return false;
    }
  }

  private record Started(DataFolder data, @org.jspecify.annotations.Nullable Coordinator opened)
      implements AutoCloseable {
    Coordinator coordinator() {
      return java.util.Objects.requireNonNull(opened);
    }

    @Override
    public void close() {
      if (opened != null) {
        opened.close();
      }
      data.close();
    }
  }

  /** The steps of {@link Node}, up to one of them. */
  private Started start(
      Founder node,
      List<Founder> founders,
      String next,
      @org.jspecify.annotations.Nullable Killed until) {
    DataFolder data = DataFolder.open(temp.resolve(node.id()), node.id(), node.incarnation());
    data.checkCoordinator("raft", raft()::isLost, next);
    if (data.cluster() == null) {
      data.bind("c1", founders);
    }
    CoordinatorFactory.Settings settings =
        new CoordinatorFactory.Settings(
            node.id(),
            data.incarnation(),
            data.coordinatorFolder(),
            node.raft(),
            founders.stream()
                .map(one -> new Voters.Member(one.id(), one.incarnation(), one.raft(), true))
                .toList(),
            "c1",
            Map.of("electionTimeoutMin", "1s", "electionTimeoutMax", "2s", "leaseTtl", "10s"),
            _ -> {},
            CoordinatorFactory.Meter.NONE,
            NodeLinks.plain(new SecretProof(new byte[SecretProof.KEY_BYTES]), new SecureRandom()));
    if (until == Killed.WHEN_BOUND) {
      return new Started(data, null);
    }
    raft().prepare(settings);
    if (until == Killed.WHEN_PREPARED) {
      return new Started(data, null);
    }
    data.coordinatorRuns("raft");
    if (until == Killed.WHEN_MARKED) {
      return new Started(data, null);
    }
    Started started = new Started(data, raft().open(settings));
    if (until == null) {
      open.add(started);
    }
    return started;
  }

  private void close() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  private static CoordinatorFactory raft() {
    return ServiceLoader.load(CoordinatorFactory.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(factory -> factory.name().equals("raft"))
        .findFirst()
        .orElseThrow();
  }
}
