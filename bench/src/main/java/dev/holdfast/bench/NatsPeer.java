// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import io.nats.client.Connection;
import io.nats.client.KeyValue;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.ClusterInfo;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.StorageType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A JetStream key-value bucket of three replicas. Its servers acknowledge before fsync, which they
 * do every two minutes; its reads are not linearizable.
 */
final class NatsPeer implements Peer.Failover {
  private final Servers servers = new Servers();
  private final List<Connection> connections = new ArrayList<>();
  private final byte[] value = new byte[Load.VALUE_BYTES];

  NatsPeer(Path folder) throws Exception {
    int[] ports = Servers.freePorts(Servers.COUNT * 2);
    String routes =
        IntStream.range(0, Servers.COUNT)
            .mapToObj(i -> "nats://127.0.0.1:" + ports[2 * i + 1])
            .collect(Collectors.joining(", "));
    for (int i = 0; i < Servers.COUNT; i++) {
      Path data = Servers.folder(folder, i);
      Path config = data.resolve("nats.conf");
      Files.writeString(
          config,
          """
          server_name: s%d
          listen: 127.0.0.1:%d
          jetstream { store_dir: "%s" }
          cluster { name: bench, listen: 127.0.0.1:%d, routes: [%s] }
          """
              .formatted(i + 1, ports[2 * i], data, ports[2 * i + 1], routes));
      servers.start(data.resolve("log"), List.of("nats-server", "-c", config.toString()));
    }
    for (int i = 0; i < Load.CONNECTIONS; i++) {
      connections.add(connect("nats://127.0.0.1:" + ports[2 * (i % Servers.COUNT)]));
    }
  }

  private static Connection connect(String server) throws InterruptedException {
    while (true) {
      try {
        return Nats.connect(
            Options.builder()
                .server(server)
                .maxReconnects(-1)
                .reconnectWait(Duration.ofMillis(50))
                .build());
      } catch (java.io.IOException notYet) {
        Thread.sleep(100);
      }
    }
  }

  @Override
  public String name() {
    return "NATS JetStream 2.9.10 (fsync every 2 min)";
  }

  @Override
  public void fill(int keys) throws Exception {
    Connection first = connections.getFirst();
    KeyValueConfiguration bucket =
        KeyValueConfiguration.builder()
            .name("k" + keys)
            .replicas(Servers.COUNT)
            .storageType(StorageType.File)
            .build();
    while (true) {
      try {
        first.keyValueManagement().create(bucket);
        break;
      } catch (io.nats.client.JetStreamApiException | java.io.IOException noMetaLeaderYet) {
        Thread.sleep(200);
      }
    }
    KeyValue made = bucket(0, keys);
    Filling.run(keys, key -> made.put(Integer.toString(key), value));
  }

  private KeyValue bucket(int connection, int keys) throws java.io.IOException {
    return connections.get(connection).keyValue("k" + keys);
  }

  private List<KeyValue> buckets(int keys) throws java.io.IOException {
    List<KeyValue> buckets = new ArrayList<>();
    for (int i = 0; i < connections.size(); i++) {
      buckets.add(bucket(i, keys));
    }
    return buckets;
  }

  @Override
  public Load commits(int keys) throws java.io.IOException {
    List<KeyValue> buckets = buckets(keys);
    return (caller, number) ->
        buckets
            .get(caller % buckets.size())
            .put(Integer.toString(ThreadLocalRandom.current().nextInt(keys)), value);
  }

  @Override
  public Load reads(int keys) throws java.io.IOException {
    List<KeyValue> buckets = buckets(keys);
    return (caller, number) ->
        buckets
            .get(caller % buckets.size())
            .get(Integer.toString(ThreadLocalRandom.current().nextInt(keys)));
  }

  @Override
  public Restart killLeader() throws Exception {
    int leader = leader();
    servers.kill(leader);
    return () -> {
      servers.restart(leader);
      Thread.sleep(5_000);
    };
  }

  private int leader() throws Exception {
    while (true) {
      ClusterInfo cluster =
          connections
              .getFirst()
              .jetStreamManagement()
              .getStreamInfo("KV_k" + CoordinationBench.KEYS)
              .getClusterInfo();
      String name = cluster == null ? null : cluster.getLeader();
      if (name != null) {
        return Integer.parseInt(name.substring(1)) - 1;
      }
      Thread.sleep(100);
    }
  }

  @Override
  public List<Long> pids() {
    return servers.pids();
  }

  @Override
  public void close() {
    for (Connection connection : connections) {
      try {
        connection.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    servers.close();
  }
}
