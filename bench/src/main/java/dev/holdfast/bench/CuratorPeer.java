// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryOneTime;

/** Curator's mutex on ZooKeeper. Each caller is a thread, which is the owner to it. */
final class CuratorPeer implements Peer.Locks {
  private final ZooKeeperServers ensemble;
  private final List<CuratorFramework> clients = new ArrayList<>();

  CuratorPeer(Path folder) throws IOException, InterruptedException {
    ensemble = new ZooKeeperServers(folder);
    for (int i = 0; i < Load.CONNECTIONS; i++) {
      CuratorFramework client =
          CuratorFrameworkFactory.newClient(
              ensemble.connect, 30_000, 15_000, new RetryOneTime(100));
      client.start();
      client.blockUntilConnected();
      clients.add(client);
    }
  }

  @Override
  public String name() {
    return "Curator 5.9.0 on ZooKeeper 3.9.5";
  }

  @Override
  public void warmUp(Duration time) throws InterruptedException {
    lockPairs(LockRow.WARM_UP).warmUp(time);
  }

  @Override
  public Load lockPairs(LockRow row) {
    List<InterProcessMutex> mutexes = new ArrayList<>();
    for (int i = 0; i < row.callers(); i++) {
      String path = "/locks/" + row.lockOf(i);
      mutexes.add(new InterProcessMutex(clients.get(i % clients.size()), path));
    }
    return (caller, number) -> {
      mutexes.get(caller).acquire();
      mutexes.get(caller).release();
    };
  }

  @Override
  public List<Long> pids() {
    return ensemble.servers.pids();
  }

  @Override
  public void close() {
    clients.forEach(CuratorFramework::close);
    ensemble.close();
  }
}
