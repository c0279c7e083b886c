package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.contract.Backend;
import java.time.Duration;

/** For the contract: as many nodes as servers, but at least as many as asked for. */
final class ZkBackend implements Backend {
  private final ZkServers servers;
  private final ZkNodes nodes = new ZkNodes();
  private final int count;

  ZkBackend(int servers, int nodes) {
    this.servers = new ZkServers(servers);
    this.count = nodes;
    for (int i = 0; i < nodes; i++) {
      start(i);
    }
  }

  private static String name(int index) {
    return "n" + (index + 1);
  }

  @Override
  public int nodes() {
    return count;
  }

  @Override
  public Coordinator node(int index) {
    return nodes.get(name(index));
  }

  @Override
  public Duration deadline() {
    return Duration.ofSeconds(30);
  }

  @Override
  public boolean revisionsHaveGaps() {
    return true;
  }

  @Override
  public boolean canRestart() {
    return true;
  }

  @Override
  public void stop(int index) {
    nodes.stop(name(index));
  }

  @Override
  public void start(int index) {
    ZkCoordinator node = nodes.open(name(index), servers.connect());
    Await.until(deadline(), name(index) + " connects", () -> node.status().leader() != null);
  }

  @Override
  public boolean canEndLease() {
    return true;
  }

  @Override
  public void endLease(int index) {
    ZkNodes.expire(nodes.get(name(index)), servers.connect());
  }

  @Override
  public void close() {
    nodes.close();
    servers.close();
  }
}
