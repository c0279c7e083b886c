// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.contract.Backend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** For the contract: nodes on servers, with a link to each server that can be held and cut. */
final class ZkBackend implements Backend {
  private final ZkServers servers;
  private final ZkNodes nodes = new ZkNodes();
  private final int count;
  private final String sessionTimeout;
  private final Duration deadline;
  private final Generation.Handles handles;
  private final List<List<LinkProxy>> links = new ArrayList<>();

  ZkBackend(int servers, int nodes) {
    this(servers, nodes, "3s", Duration.ofSeconds(30), Generation.Handles.PLAIN);
  }

  ZkBackend(
      int servers,
      int nodes,
      String sessionTimeout,
      Duration deadline,
      Generation.Handles handles) {
    this.sessionTimeout = sessionTimeout;
    this.deadline = deadline;
    this.handles = handles;
    this.servers = new ZkServers(servers);
    this.count = nodes;
    for (int node = 0; node < nodes; node++) {
      List<LinkProxy> mine = new ArrayList<>();
      for (int server = 0; server < servers; server++) {
        mine.add(new LinkProxy(this.servers.port(server)));
      }
      links.add(mine);
    }
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
    return deadline;
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
    Map<String, String> options = new HashMap<>(nodes.options(connect(index)));
    options.put("sessionTimeout", sessionTimeout);
    ZkCoordinator node = nodes.open(name(index), options, Plan.DATA_VERSION_MAX, handles);
    Await.until(ZkNodes.DEADLINE, name(index) + " connects", () -> node.status().leader() != null);
  }

  private String connect(int index) {
    return links.get(index).stream().map(LinkProxy::connect).collect(Collectors.joining(","));
  }

  @Override
  public boolean canHoldAnswers() {
    return true;
  }

  @Override
  public void holdAnswers(int index) {
    links.get(index).forEach(link -> link.hold(false, true));
  }

  @Override
  public void dropAnswers(int index) {
    links.get(index).forEach(LinkProxy::cut);
    links.get(index).forEach(link -> link.hold(false, false));
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
    links.forEach(mine -> mine.forEach(LinkProxy::close));
    servers.close();
  }
}
