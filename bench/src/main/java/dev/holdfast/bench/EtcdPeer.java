// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.maintenance.StatusResponse;
import io.etcd.jetcd.support.CloseableClient;
import io.etcd.jetcd.support.Observers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** etcd through jetcd. */
final class EtcdPeer implements Peer.Failover, Peer.Locks, Peer.Sessions {
  private static final long LEASE_SECONDS = 30;

  private final Servers servers = new Servers();
  private final List<Client> clients = new ArrayList<>();
  private final List<String> endpoints = new ArrayList<>();
  private final ByteSequence value = ByteSequence.from(new byte[Load.VALUE_BYTES]);

  EtcdPeer(Path folder) throws Exception {
    int[] ports = Servers.freePorts(Servers.COUNT * 2);
    String cluster =
        IntStream.range(0, Servers.COUNT)
            .mapToObj(i -> "s%d=http://127.0.0.1:%d".formatted(i + 1, ports[2 * i + 1]))
            .collect(Collectors.joining(","));
    for (int i = 0; i < Servers.COUNT; i++) {
      Path data = Servers.folder(folder, i);
      String client = "http://127.0.0.1:" + ports[2 * i];
      String peer = "http://127.0.0.1:" + ports[2 * i + 1];
      endpoints.add(client);
      List<String> command = new ArrayList<>(List.of("etcd", "--name", "s" + (i + 1)));
      command.addAll(List.of("--data-dir", data.resolve("data").toString()));
      command.addAll(List.of("--listen-client-urls", client, "--advertise-client-urls", client));
      command.addAll(List.of("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer));
      command.addAll(List.of("--initial-cluster", cluster, "--initial-cluster-state", "new"));
      command.addAll(List.of("--quota-backend-bytes", Long.toString(6L << 30)));
      command.addAll(List.of("--auto-compaction-mode", "revision"));
      command.addAll(List.of("--auto-compaction-retention", "100000"));
      servers.start(data.resolve("log"), command);
    }
    for (int i = 0; i < Load.CONNECTIONS; i++) {
      clients.add(Client.builder().endpoints(endpoints.toArray(String[]::new)).build());
    }
    awaitLeader();
  }

  private void awaitLeader() throws InterruptedException {
    while (true) {
      try {
        clients.getFirst().getKVClient().put(key("ready"), value).get(2, TimeUnit.SECONDS);
        return;
      } catch (ExecutionException | java.util.concurrent.TimeoutException notYet) {
        Thread.sleep(100);
      }
    }
  }

  @Override
  public String name() {
    return "etcd 3.4.23";
  }

  @Override
  public void fill(int keys) throws Exception {
    Client first = clients.getFirst();
    Filling.run(keys, key -> first.getKVClient().put(key(keys, key), value).get());
  }

  @Override
  public Load commits(int keys) {
    return (caller, number) ->
        clients
            .get(caller % clients.size())
            .getKVClient()
            .put(key(keys, ThreadLocalRandom.current().nextInt(keys)), value)
            .get();
  }

  @Override
  public Load reads(int keys) {
    return (caller, number) ->
        clients
            .get(caller % clients.size())
            .getKVClient()
            .get(key(keys, ThreadLocalRandom.current().nextInt(keys)))
            .get();
  }

  /** Its lock service; a lease for each caller, since a lease that has the lock has it for all. */
  @Override
  public Load lockPairs(LockRow row) throws Exception {
    List<Long> leases = new ArrayList<>();
    for (int i = 0; i < row.callers(); i++) {
      leases.add(lease(clients.get(i % clients.size())));
    }
    return (caller, number) -> {
      Client client = clients.get(caller % clients.size());
      ByteSequence held =
          client
              .getLockClient()
              .lock(key("lock/" + row.lockOf(caller)), leases.get(caller))
              .get()
              .getKey();
      client.getLockClient().unlock(held).get();
    };
  }

  private static long lease(Client client) throws Exception {
    long lease = client.getLeaseClient().grant(LEASE_SECONDS).get().getID();
    var _ = client.getLeaseClient().keepAlive(lease, Observers.observer(answer -> {}));
    return lease;
  }

  @Override
  public AutoCloseable idleSessions(int count) throws Exception {
    List<CloseableClient> kept = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Client client = clients.get(i % clients.size());
      long lease = client.getLeaseClient().grant(LEASE_SECONDS).get().getID();
      kept.add(client.getLeaseClient().keepAlive(lease, Observers.observer(answer -> {})));
    }
    return () -> kept.forEach(CloseableClient::close);
  }

  @Override
  public Restart killLeader() throws Exception {
    for (int i = 0; i < Servers.COUNT; i++) {
      StatusResponse status =
          clients.getFirst().getMaintenanceClient().statusMember(endpoints.get(i)).get();
      if (status.getLeader() == status.getHeader().getMemberId()) {
        int leader = i;
        servers.kill(i);
        return () -> {
          servers.restart(leader);
          awaitMember(leader);
        };
      }
    }
    throw new IOException("No etcd server leads");
  }

  private void awaitMember(int index) throws InterruptedException {
    while (true) {
      try {
        clients
            .getFirst()
            .getMaintenanceClient()
            .statusMember(endpoints.get(index))
            .get(2, TimeUnit.SECONDS);
        return;
      } catch (ExecutionException | java.util.concurrent.TimeoutException notYet) {
        Thread.sleep(100);
      }
    }
  }

  private static ByteSequence key(int keys, int key) {
    return key(keys + "/" + key);
  }

  private static ByteSequence key(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  @Override
  public List<Long> pids() {
    return servers.pids();
  }

  @Override
  public void close() {
    clients.forEach(Client::close);
    servers.close();
  }
}
