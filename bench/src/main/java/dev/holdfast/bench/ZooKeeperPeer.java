// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/** ZooKeeper through its own client. */
final class ZooKeeperPeer implements Peer.Failover {
  private static final int FILL_WINDOW = 2_000;

  private final ZooKeeperServers ensemble;
  private final List<ZooKeeper> connections = new ArrayList<>();
  private final byte[] value = new byte[Load.VALUE_BYTES];

  ZooKeeperPeer(Path folder) throws IOException, InterruptedException, KeeperException {
    ensemble = new ZooKeeperServers(folder);
    for (int i = 0; i < Load.CONNECTIONS; i++) {
      connections.add(open());
    }
  }

  @Override
  public String name() {
    return "ZooKeeper 3.9.5";
  }

  @Override
  public void fill(int keys) throws Exception {
    ZooKeeper first = connections.getFirst();
    Semaphore window = new Semaphore(FILL_WINDOW);
    for (String parent : List.of("/" + keys)) {
      if (first.exists(parent, false) != null) {
        return;
      }
      first.create(parent, value, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    }
    for (int i = 0; i < keys; i++) {
      window.acquire();
      first.create(
          path(keys, i),
          value,
          ZooDefs.Ids.OPEN_ACL_UNSAFE,
          CreateMode.PERSISTENT,
          (code, path, context, name) -> window.release(),
          null);
    }
    window.acquire(FILL_WINDOW);
  }

  @Override
  public Load commits(int keys) {
    return (caller, number) ->
        connections
            .get(caller % Load.CONNECTIONS)
            .setData(path(keys, ThreadLocalRandom.current().nextInt(keys)), value, -1);
  }

  /** A read of ZooKeeper is of its server's state; a sync before it is what its users do. */
  @Override
  public Load reads(int keys) {
    return (caller, number) -> {
      ZooKeeper connection = connections.get(caller % Load.CONNECTIONS);
      String path = path(keys, ThreadLocalRandom.current().nextInt(keys));
      connection.sync(path, (code, synced, context) -> {}, null);
      connection.getData(path, false, null);
    };
  }

  private static String path(int keys, int key) {
    return "/" + keys + "/" + key;
  }

  @Override
  public Restart killLeader() throws Exception {
    return ensemble.killLeader();
  }

  private ZooKeeper open() throws IOException, InterruptedException, KeeperException {
    CountDownLatch connected = new CountDownLatch(1);
    ZooKeeper zooKeeper =
        new ZooKeeper(
            ensemble.connect,
            30_000,
            event -> {
              if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                connected.countDown();
              }
            });
    connected.await();
    while (true) {
      try {
        zooKeeper.exists("/", false);
        return zooKeeper;
      } catch (KeeperException.ConnectionLossException again) {
        Thread.sleep(50);
      }
    }
  }

  @Override
  public List<Long> pids() {
    return ensemble.servers.pids();
  }

  @Override
  public void close() {
    for (ZooKeeper connection : connections) {
      try {
        connection.close(1_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    ensemble.close();
  }
}
