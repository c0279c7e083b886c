// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import dev.holdfast.client.Codec;
import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.LockClient;
import dev.holdfast.client.MapClient;
import dev.holdfast.client.Session;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/** Three nodes on the embedded Raft, through the Java client. */
final class HoldfastPeer implements Peer.Failover, Peer.Locks, Peer.Sessions {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final LocalCluster cluster;
  private final List<Holdfast> clients = new ArrayList<>();
  private final List<Session> sessions = new ArrayList<>();
  private final List<MapClient<byte[]>> maps = new ArrayList<>();
  private final byte[] value = new byte[Load.VALUE_BYTES];

  HoldfastPeer(Path folder) throws java.io.IOException {
    Files.createDirectories(folder);
    cluster =
        LocalCluster.builder()
            .nodes(Servers.COUNT)
            .heap(Servers.HEAP)
            .option("map.maxStateSize", "1GiB")
            .dataFolder(folder)
            .start();
    String servers =
        cluster.apiUris().stream().map(Object::toString).collect(Collectors.joining(","));
    for (int i = 0; i < Load.CONNECTIONS; i++) {
      Holdfast client = Holdfast.connect(servers);
      clients.add(client);
      sessions.add(client.session(Duration.ofSeconds(30)));
      maps.add(client.map("bench", Codec.BYTES));
    }
  }

  @Override
  public String name() {
    return "Holdfast, Java client";
  }

  @Override
  public void fill(int keys) throws Exception {
    Filling.run(keys, key -> maps.get(key % maps.size()).set(key(keys, key), value));
  }

  @Override
  public Load commits(int keys) {
    return (caller, number) -> map(caller).set(randomKey(keys), value);
  }

  @Override
  public Load reads(int keys) {
    return (caller, number) -> map(caller).get(randomKey(keys));
  }

  private MapClient<byte[]> map(int caller) {
    return maps.get(caller % maps.size());
  }

  private static String randomKey(int keys) {
    return key(keys, ThreadLocalRandom.current().nextInt(keys));
  }

  private static String key(int keys, int key) {
    return keys + "/" + key;
  }

  @Override
  public Load lockPairs(LockRow row) {
    List<LockClient> locks = new ArrayList<>();
    for (int i = 0; i < row.callers(); i++) {
      locks.add(sessions.get(i % sessions.size()).lock(row.lockOf(i)));
    }
    return (caller, number) -> {
      Hold hold = locks.get(caller).acquire();
      hold.release();
    };
  }

  @Override
  public AutoCloseable idleSessions(int count) {
    List<Session> idle = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      idle.add(clients.get(i % clients.size()).session(Duration.ofSeconds(30)));
    }
    return () -> idle.forEach(Session::close);
  }

  @Override
  public Restart killLeader() {
    LocalNode leader = cluster.awaitLeader(PATIENCE);
    leader.kill();
    return () -> {
      var _ = leader.start().awaitReady(PATIENCE);
    };
  }

  @Override
  public List<Long> pids() {
    return cluster.nodes().stream().filter(LocalNode::isAlive).map(LocalNode::pid).toList();
  }

  @Override
  public void close() {
    clients.forEach(Holdfast::close);
    cluster.close();
  }
}
