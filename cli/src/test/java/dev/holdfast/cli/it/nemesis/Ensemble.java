// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import dev.holdfast.cli.local.EnsembleServer;
import dev.holdfast.cli.local.EnsembleServer.Address;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** ZooKeeper: a server beside each node, as {@code up --coordinator zookeeper} runs it. */
final class Ensemble implements Agreement {
  /** Of a network that is theirs alone. */
  private static final int PORT = 2181;

  /** Half of what {@code up} sets, so that a fault of some seconds costs a leader its place. */
  private static final int TICK_MILLIS = 500;

  private static final Duration START = Duration.ofMinutes(2);

  private final List<Address> addresses;
  private final List<LocalProcess> servers = new ArrayList<>();

  private Ensemble(List<Address> addresses) {
    this.addresses = addresses;
  }

  /** Returns when a majority serves; nothing is left running when none does in time. */
  static Ensemble start(NetworkLab lab, Path distribution, Path folder) {
    Ensemble ensemble =
        new Ensemble(
            IntStream.range(0, lab.nodes())
                .mapToObj(place -> new Address(lab.address(place), PORT))
                .toList());
    try {
      for (int place = 0; place < lab.nodes(); place++) {
        ensemble.add(place, lab.runner(place), distribution, folder);
      }
      Await.until(START, "a majority of the servers serves", ensemble::serves);
      return ensemble;
    } catch (IOException e) {
      ensemble.close();
      throw new IllegalStateException("Cannot start the servers", e);
    } catch (RuntimeException | AssertionError e) {
      ensemble.close();
      throw e;
    }
  }

  private void add(int place, String[] runner, Path distribution, Path folder) throws IOException {
    String id = EnsembleServer.id(place);
    Path home = folder.resolve("data").resolve(id);
    List<String> command = new ArrayList<>(Arrays.asList(runner));
    command.addAll(
        new EnsembleServer(place, home, addresses, TICK_MILLIS)
            .prepare(distribution.toAbsolutePath()));
    Path logs = Files.createDirectories(folder.resolve("logs"));
    servers.add(new LocalProcess(id, logs.resolve(id + ".log"), command).start());
  }

  private boolean serves() {
    long serving = addresses.stream().filter(server -> server.mode().isPresent()).count();
    return serving > addresses.size() / 2;
  }

  @Override
  public LocalCluster.Builder configure(LocalCluster.Builder cluster) {
    return cluster
        .option("coordinator", "zookeeper")
        .option("zookeeper.connect", EnsembleServer.connect(addresses))
        .option("zookeeper.juteMaxBuffer", EnsembleServer.JUTE_MAX_BUFFER);
  }

  @Override
  public List<LocalProcess> servers() {
    return List.copyOf(servers);
  }

  @Override
  public LocalProcess leader(LocalCluster cluster) {
    return IntStream.range(0, servers.size())
        .filter(place -> addresses.get(place).mode().filter("leader"::equals).isPresent())
        .mapToObj(servers::get)
        .findFirst()
        .orElse(servers.getFirst());
  }

  @Override
  public void close() {
    servers.stream().filter(LocalProcess::isAlive).forEach(LocalProcess::kill);
  }
}
