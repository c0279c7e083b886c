package dev.holdfast.node.cluster;

import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.ClusterBodies;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorStatus;
import dev.holdfast.spi.placement.ClusterMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** {@code /v1/cluster}: who is there, and a node leaves. As this node has applied it. */
public final class ClusterRoutes implements Routes {
  private final ClusterDirectory cluster;
  private final Coordinator coordinator;
  private final Removal removal;
  private final List<String> warnings;

  /**
   * @param warnings about how this node runs, e.g. without TLS beyond loopback
   */
  public ClusterRoutes(
      ClusterDirectory cluster, Coordinator coordinator, Removal removal, List<String> warnings) {
    this.cluster = cluster;
    this.coordinator = coordinator;
    this.removal = removal;
    this.warnings = List.copyOf(warnings);
  }

  @Override
  public void register(Router router) {
    router.add("GET", "/v1/cluster", this::status);
    router.add("DELETE", "/v1/cluster/nodes/{id}", this::remove);
  }

  private void status(Exchange exchange) {
    CoordinatorStatus status = coordinator.status();
    Set<String> healthy = cluster.healthy();
    ClusterMap map = cluster.map();
    List<ClusterBodies.Node> nodes =
        map.nodes().stream().map(node -> row(node, status, healthy)).toList();
    exchange.respond(
        200,
        new ClusterBodies.Status(status.backend(), status.leader(), map.epoch(), nodes, warnings));
  }

  private ClusterBodies.Node row(
      ClusterMap.Node node, CoordinatorStatus status, Set<String> healthy) {
    return new ClusterBodies.Node(
        node.id(),
        cluster.member(node.id()).map(ClusterView.Member::apiUrl).orElse(""),
        role(node.id(), status),
        node.state().name().toLowerCase(Locale.ROOT),
        healthy.contains(node.id()) ? "healthy" : "offline",
        node.labels(),
        node.capacityBytes(),
        NodeStats.freeBytes(coordinator, node.id()));
  }

  private static String role(String node, CoordinatorStatus status) {
    if (node.equals(status.leader())) {
      return "leader";
    }
    return status.voters().contains(node) ? "follower" : "observer";
  }

  private void remove(Exchange exchange) {
    String node = exchange.path("id");
    long left = removal.remove(node);
    if (left == 0) {
      exchange.respond(204);
    } else {
      exchange.respond(202, new ClusterBodies.Draining(node, left));
    }
  }
}
