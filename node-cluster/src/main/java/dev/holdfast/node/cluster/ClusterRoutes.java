// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.ClusterBodies;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorStatus;
import dev.holdfast.spi.coordinator.Voters;
import dev.holdfast.spi.placement.ClusterMap;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** {@code /v1/cluster}: who is there, and a node leaves. As this node has applied it. */
public final class ClusterRoutes implements Routes {
  private static final Duration SERVERS_PATIENCE = Duration.ofSeconds(1);
  private static final Operation STATUS =
      Operation.external(
              "clusterStatus",
              "GET",
              "/v1/cluster",
              Operation.Scope.METADATA,
              "The nodes of the cluster, as this node knows them.")
          .answers(200, ClusterBodies.Status.class);
  private static final Operation SERVERS =
      Operation.external(
              "coordinatorServers",
              "GET",
              "/v1/cluster/servers",
              Operation.Scope.METADATA,
              "The servers that the coordinator runs on, when they are not the nodes.")
          .answers(200, ClusterBodies.Servers.class);
  private static final Operation REMOVE =
      Operation.external(
              "removeNode",
              "DELETE",
              "/v1/cluster/nodes/{id}",
              Operation.Scope.ADMIN,
              "Moves the copies of a node to others, and takes it out of the cluster.")
          .query("continue", "Goes on with a removal, and begins none that was cancelled.")
          .answers(202, ClusterBodies.Draining.class)
          .answers(204)
          .refuses(
              ClusterProblemCodes.NODE_NOT_FOUND,
              ClusterProblemCodes.LAST_NODE,
              ClusterProblemCodes.DRAIN_STUCK,
              ClusterProblemCodes.REMOVAL_CANCELLED,
              ClusterProblemCodes.NO_MAJORITY_LEFT);
  private static final Operation CANCEL_REMOVAL =
      Operation.external(
              "cancelRemoval",
              "DELETE",
              "/v1/cluster/nodes/{id}/removal",
              Operation.Scope.ADMIN,
              "Calls a removal off, as long as the node has its vote.")
          .answers(204)
          .refuses(
              ClusterProblemCodes.NODE_NOT_FOUND,
              ClusterProblemCodes.NOT_LEAVING,
              ClusterProblemCodes.TOO_LATE);
  private static final Operation TRANSFER =
      Operation.external(
              "transferLeadership",
              "POST",
              "/v1/cluster/leader",
              Operation.Scope.ADMIN,
              "Makes a voter the leader.")
          .takes(ClusterBodies.Leader.class)
          .answers(200, ClusterBodies.Leader.class)
          .refuses(
              ClusterProblemCodes.NODE_NOT_FOUND,
              ClusterProblemCodes.NOT_A_VOTER,
              ClusterProblemCodes.NOT_HERE);

  private static final Duration TRANSFER_TIMEOUT = Duration.ofSeconds(15);

  private final ClusterDirectory cluster;
  private final Coordinator coordinator;
  private final Removal removal;
  private final PeerHealth health;
  private final Supplier<List<String>> warnings;

  /**
   * @param warnings of this moment, about how this node runs, e.g. without TLS beyond loopback
   */
  public ClusterRoutes(
      ClusterDirectory cluster,
      Coordinator coordinator,
      Removal removal,
      PeerHealth health,
      Supplier<List<String>> warnings) {
    this.health = health;
    this.cluster = cluster;
    this.coordinator = coordinator;
    this.removal = removal;
    this.warnings = warnings;
  }

  @Override
  public void register(Router router) {
    router.add(STATUS, this::status);
    router.add(SERVERS, this::servers);
    router.add(REMOVE, this::remove);
    router.add(CANCEL_REMOVAL, this::cancelRemoval);
    router.add(TRANSFER, this::transferLeadership);
  }

  private void status(Exchange exchange) {
    AgreementView agreement = AgreementView.of(coordinator);
    Set<String> healthy = cluster.healthy();
    ClusterMap map = cluster.map();
    Map<String, String> versions = cluster.versions();
    List<ClusterBodies.Node> nodes =
        map.nodes().stream()
            .map(node -> row(node, agreement, healthy, versions.getOrDefault(node.id(), "")))
            .toList();
    exchange.respond(
        200,
        new ClusterBodies.Status(
            agreement.status().backend(),
            agreement.quorum(),
            agreement.leader(),
            map.epoch(),
            nodes,
            warnings.get()));
  }

  /** Of the backend, outside the nodes: each is asked, so it takes a moment when one is silent. */
  private void servers(Exchange exchange) {
    List<ClusterBodies.Server> servers =
        coordinator.servers(SERVERS_PATIENCE).stream()
            .map(server ->
                new ClusterBodies.Server(
                    server.address(),
                    server.state().name().toLowerCase(Locale.ROOT).replace('_', '-')))
            .toList();
    exchange.respond(200, new ClusterBodies.Servers(servers));
  }

  private ClusterBodies.Node row(
      ClusterMap.Node node, AgreementView agreement, Set<String> healthy, String version) {
    return new ClusterBodies.Node(
        node.id(),
        cluster.member(node.id()).map(ClusterView.Member::apiUrl).orElse(""),
        agreement.role(node.id()),
        node.state().name().toLowerCase(Locale.ROOT),
        health(node.id(), agreement.quorum(), healthy),
        node.labels(),
        node.capacityBytes(),
        NodeStats.freeBytes(coordinator, node.id()),
        cluster.member(node.id()).map(ClusterView.Member::peer).orElse(""),
        cluster.member(node.id()).map(ClusterView.Member::raft).orElse(""),
        lag(node.id(), agreement.status()),
        version);
  }

  /**
   * Leases tell who is alive as long as a majority agrees on them. Without it, whoever answers is
   * alive, and can take no part.
   */
  private String health(String node, boolean quorum, Set<String> healthy) {
    if (!quorum) {
      boolean answers = node.equals(cluster.self()) || health.revisionOf(node).isPresent();
      return answers ? "unhealthy" : "offline";
    }
    if (!healthy.contains(node)) {
      return "offline";
    }
    return health.unhealthy().contains(node) ? "unhealthy" : "healthy";
  }

  /** Behind the newest revision that any node is known to have applied. */
  private long lag(String node, CoordinatorStatus status) {
    if (status.leader() == null) {
      return -1;
    }
    long newest =
        cluster.members().stream()
            .flatMap(member -> health.revisionOf(member.id()).stream())
            .reduce(status.appliedRevision(), Math::max);
    if (node.equals(cluster.self())) {
      return newest - status.appliedRevision();
    }
    return health.revisionOf(node).map(revision -> newest - revision).orElse(-1L);
  }

  private void remove(Exchange exchange) {
    String node = exchange.path("id");
    long left = told(() -> removal.remove(node, exchange.query("continue").isPresent()));
    if (left == 0) {
      exchange.respond(204);
    } else {
      exchange.respond(202, new ClusterBodies.Draining(node, left));
    }
  }

  private static long told(LongSupplier step) {
    try {
      return step.getAsLong();
    } catch (RemovalRefusedException e) {
      throw ClusterProblems.of(e.reason());
    }
  }

  private void cancelRemoval(Exchange exchange) {
    long _ =
        told(() -> {
          removal.cancel(exchange.path("id"));
          return 0;
        });
    exchange.respond(204);
  }

  private void transferLeadership(Exchange exchange) {
    String node = exchange.json(ClusterBodies.Leader.class).node();
    if (cluster.member(node).isEmpty()) {
      throw ClusterProblems.unknownNode(node);
    }
    Voters voters =
        coordinator
            .voters()
            .orElseThrow(() ->
                new ProblemException(
                    409,
                    "NOT_HERE",
                    "The servers of this backend elect among themselves",
                    "Use the backend's own tools."));
    if (!coordinator.status().voters().contains(node)) {
      throw new ProblemException(
          409,
          "NOT_A_VOTER",
          node + " observes, and cannot lead",
          "GET /v1/cluster lists who votes.");
    }
    voters.transferLeadership(node, TRANSFER_TIMEOUT);
    exchange.respond(200, new ClusterBodies.Leader(node));
  }
}
