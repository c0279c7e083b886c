// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult.Committed;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.NodeLease;
import dev.holdfast.spi.coordinator.Transaction;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.AsyncCallback;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Znodes that belong to one identity, and what strangers and operators may do with them. */
@SuppressWarnings("try") // ZooKeeper.close() may be interrupted, which is no matter here.
final class ZkAccessTest {
  private static final Duration DEADLINE = ZkNodes.DEADLINE;
  private static final EntryKey KEY = new EntryKey("thing/a");

  @TempDir Path temp;

  private final ZkServers servers = new ZkServers(1);
  private final ZkNodes nodes = new ZkNodes();
  private Map<String, String> options = Map.of();

  @BeforeEach
  void chooseAnIdentity() throws Exception {
    String operator = DigestAuthenticationProvider.generateDigest("operator:look");
    options =
        with(
            Map.of(
                "auth",
                "digest",
                "authFile",
                secret("holdfast:s3cret"),
                "acl",
                "digest:" + operator + ":r"));
  }

  @AfterEach
  void closes() {
    nodes.close();
    servers.close();
  }

  private String secret(String text) throws IOException {
    return Files.writeString(Files.createTempFile(temp, "auth", ""), text + "\n").toString();
  }

  private Map<String, String> with(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(nodes.options(servers.connect()));
    all.putAll(more);
    return all;
  }

  private ZkCoordinator open(String name, Map<String, String> with) {
    return nodes.open(name, with, Plan.DATA_VERSION_MAX);
  }

  private static void put(Coordinator node, EntryKey key, String value) {
    Transaction transaction =
        new Transaction(List.of(), List.of(new Change.Put(key, Bytes.utf8(value))));
    assertThat(node.commit(transaction, DEADLINE)).isInstanceOf(Committed.class);
  }

  private ZooKeeper client(String user) throws Exception {
    ZooKeeper zk = new ZooKeeper(servers.connect(), 5_000, _ -> {});
    if (!user.isEmpty()) {
      zk.addAuthInfo("digest", Bytes.utf8(user).toArray());
    }
    Await.until(DEADLINE, "the client connects", () -> zk.getState().isConnected());
    return zk;
  }

  @Test
  void strangersMayNeitherReadNorWriteNorDeleteAnything() throws Exception {
    put(open("n1", options), KEY, "one");
    put(open("n2", options), KEY, "two");
    ZkPaths paths = new ZkPaths("/holdfast/test");

    try (ZooKeeper stranger = client("");
        ZooKeeper wrong = client("holdfast:guess")) {
      for (ZooKeeper zk : List.of(stranger, wrong)) {
        for (String path :
            List.of(
                paths.root(),
                paths.live(),
                paths.leases(),
                paths.base(),
                paths.bucket(KEY),
                paths.entry(KEY),
                paths.beat("n1", 0))) {
          assertThatThrownBy(() -> zk.getData(path, false, null))
              .as(path)
              .isInstanceOf(KeeperException.NoAuthException.class);
          assertThatThrownBy(() -> zk.setData(path, new byte[0], -1))
              .as(path)
              .isInstanceOf(KeeperException.NoAuthException.class);
          assertThatThrownBy(() ->
                  zk.create(path + "/x", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT))
              .as(path)
              .isInstanceOf(KeeperException.NoAuthException.class);
        }
        assertThatThrownBy(() -> zk.delete(paths.entry(KEY), -1))
            .isInstanceOf(KeeperException.NoAuthException.class);
      }
    }
  }

  @Test
  void operatorsMayDoWhatTheirEntryAllows() throws Exception {
    put(open("n1", options), KEY, "one");
    String entry = new ZkPaths("/holdfast/test").entry(KEY);

    try (ZooKeeper operator = client("operator:look")) {
      assertThat(operator.getData(entry, false, null)).isNotEmpty();
      assertThatThrownBy(() -> operator.setData(entry, new byte[0], -1))
          .isInstanceOf(KeeperException.NoAuthException.class);
    }
  }

  /** The folder above is shared: an identity must not shut out the clusters of others. */
  @Test
  void anotherClusterMayKeepItsStateBeside() throws Exception {
    put(open("n1", options), KEY, "one");

    try (ZkNodes others = new ZkNodes().ofCluster("another")) {
      ZkCoordinator other =
          others.open(
              "n1",
              with(Map.of("auth", "digest", "authFile", secret("x:y"))),
              Plan.DATA_VERSION_MAX);
      put(other, KEY, "other");
    }
  }

  /** It used to ask again without a pause; now it says why, and goes on when it is let in. */
  @Test
  void aNodeThatIsNotLetInSaysWhyAndIsReadyOnceItIs() throws Exception {
    put(open("n1", options), KEY, "one");
    ZkCoordinator stranger = open("n2", with(Map.of()));

    assertThatThrownBy(() -> stranger.read(KEY, Duration.ofSeconds(2)))
        .hasMessageContaining("ZooKeeper");
    assertThat(nodes.failures()).isEmpty();
    assertThat(stranger.lease().state()).isNotEqualTo(NodeLease.State.CONNECTED);

    try (ZooKeeper owner = client("holdfast:s3cret")) {
      openAll(owner, "/holdfast/test");
    }
    Await.until(
        DEADLINE, "it is let in", () -> stranger.lease().state() == NodeLease.State.CONNECTED);
    assertThat(stranger.read(KEY, DEADLINE).isPresent()).isTrue();
  }

  /** A load that is refused was begun again at once, for ever. */
  @Test
  void aLoadThatIsRefusedIsNotRepeatedWithoutAPause() throws Exception {
    put(open("n1", with(Map.of())), KEY, "one");
    String kind = "/holdfast/test/live/entry/thing";
    try (ZooKeeper owner = client("holdfast:s3cret")) {
      owner.setACL(kind, Ids.CREATOR_ALL_ACL, -1);
      AtomicInteger asked = new AtomicInteger();

      ZkCoordinator node =
          nodes.open(
              "n2",
              with(Map.of()),
              Plan.DATA_VERSION_MAX,
              (connect, timeout, watcher, config) ->
                  new ZooKeeper(connect, timeout, watcher, false, config) {
                    @Override
                    public void getChildren(
                        String path,
                        boolean watch,
                        AsyncCallback.ChildrenCallback callback,
                        Object context) {
                      if (path.equals(kind)) {
                        asked.incrementAndGet();
                      }
                      super.getChildren(path, watch, callback, context);
                    }
                  });
      assertThatThrownBy(() -> node.read(KEY, Duration.ofSeconds(4)))
          .isInstanceOf(UnavailableException.class);

      assertThat(asked.get()).isBetween(1, 8);
      owner.setACL(kind, Ids.OPEN_ACL_UNSAFE, -1);
      assertThat(node.read(KEY, DEADLINE).isPresent()).isTrue();
    }
  }

  private static void openAll(ZooKeeper owner, String path) throws Exception {
    owner.setACL(path, Ids.OPEN_ACL_UNSAFE, -1);
    for (String child : owner.getChildren(path, false)) {
      openAll(owner, path + "/" + child);
    }
  }

  @Test
  void withoutAnIdentityEverythingIsOpenAsBefore() throws Exception {
    put(open("n1", with(Map.of())), KEY, "one");

    try (ZooKeeper anybody = client("")) {
      assertThat(anybody.getACL("/holdfast/test", null)).isEqualTo(Ids.OPEN_ACL_UNSAFE);
    }
  }
}
