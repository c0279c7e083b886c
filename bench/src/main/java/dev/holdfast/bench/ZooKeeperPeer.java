package dev.holdfast.bench;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/** Three ZooKeeper servers as three processes, and the same load through its own clients. */
final class ZooKeeperPeer implements AutoCloseable {
  private static final String PEER = "ZooKeeper 3.9.5";
  private static final int SERVERS = 3;
  private static final int KEYS = 10_000;
  private static final int CONNECTIONS = 4;
  private static final int VALUE_BYTES = 256;

  private final List<Process> servers = new ArrayList<>();
  private final String connect;

  ZooKeeperPeer(Path folder) throws IOException {
    int[] ports = freePorts(SERVERS * 3);
    StringBuilder ensemble = new StringBuilder();
    List<String> clients = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      ensemble.append(
          "server.%d=127.0.0.1:%d:%d\n".formatted(i + 1, ports[3 * i + 1], ports[3 * i + 2]));
      clients.add("127.0.0.1:" + ports[3 * i]);
    }
    for (int i = 0; i < SERVERS; i++) {
      Path data = Files.createDirectories(folder.resolve("s" + (i + 1)));
      Files.writeString(data.resolve("myid"), Integer.toString(i + 1));
      Path config = data.resolve("zoo.cfg");
      Files.writeString(
          config,
          "tickTime=2000\ninitLimit=10\nsyncLimit=5\nadmin.enableServer=false\ndataDir=%s\nclientPort=%d\n%s"
              .formatted(data, ports[3 * i], ensemble));
      servers.add(
          Java.start(
              data.resolve("log"),
              "512m",
              List.of(),
              "org.apache.zookeeper.server.quorum.QuorumPeerMain",
              List.of(config.toString())));
    }
    connect = String.join(",", clients);
  }

  /** A set of one of 10,000 keys of 256 bytes, callers spread over 4 connections. */
  void commits(Duration warmUp, Duration counted) throws Exception {
    List<ZooKeeper> connections = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      connections.add(open());
    }
    byte[] value = new byte[VALUE_BYTES];
    ZooKeeper first = connections.getFirst();
    first.create("/keys", value, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    for (int i = 0; i < KEYS; i++) {
      first.create(
          "/keys/" + i,
          value,
          ZooDefs.Ids.OPEN_ACL_UNSAFE,
          CreateMode.PERSISTENT,
          noResult(),
          null);
    }
    Load load =
        (caller, number) ->
            connections
                .get(caller % CONNECTIONS)
                .setData("/keys/" + ThreadLocalRandom.current().nextInt(KEYS), value, -1);
    load.warmUp();
    for (int callers : Bench.CALLERS) {
      Bench.print(load.run(PEER, "commit", callers, warmUp, counted));
    }
    for (ZooKeeper connection : connections) {
      connection.close();
    }
  }

  private static org.apache.zookeeper.AsyncCallback.StringCallback noResult() {
    return (code, path, context, name) -> {};
  }

  private ZooKeeper open() throws IOException, InterruptedException {
    CountDownLatch connected = new CountDownLatch(1);
    ZooKeeper zooKeeper =
        new ZooKeeper(
            connect,
            30_000,
            event -> {
              if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                connected.countDown();
              }
            });
    connected.await();
    return zooKeeper;
  }

  /** Acquire and release of Curator's mutex. Each caller is a thread, which is the owner to it. */
  void locks(Duration warmUp, Duration counted) throws Exception {
    List<CuratorFramework> clients = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      CuratorFramework client =
          CuratorFrameworkFactory.newClient(connect, 30_000, 15_000, new RetryOneTime(100));
      client.start();
      client.blockUntilConnected();
      clients.add(client);
    }
    pairs(LockRow.WARM_UP, clients).warmUp();
    for (LockRow row : LockRow.ROWS) {
      Bench.print(
          pairs(row, clients).run(PEER + " + Curator", row.name(), row.callers(), warmUp, counted));
    }
    clients.forEach(CuratorFramework::close);
  }

  private static Load pairs(LockRow row, List<CuratorFramework> clients) {
    List<InterProcessMutex> mutexes = new ArrayList<>();
    for (int i = 0; i < row.callers(); i++) {
      String path = "/locks/" + row.name() + "/" + row.lockOf(i);
      mutexes.add(new InterProcessMutex(clients.get(i % CONNECTIONS), path));
    }
    return (caller, number) -> {
      mutexes.get(caller).acquire();
      mutexes.get(caller).release();
    };
  }

  static int[] freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    int[] ports = new int[count];
    for (int i = 0; i < count; i++) {
      ServerSocket socket = new ServerSocket(0);
      sockets.add(socket);
      ports[i] = socket.getLocalPort();
    }
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    return ports;
  }

  @Override
  public void close() {
    servers.forEach(Java::stop);
  }
}
