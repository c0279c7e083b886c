// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.data.DataFolder;
import dev.holdfast.node.data.Founder;
import dev.holdfast.node.event.EventHub;
import dev.holdfast.node.feature.Chore;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.feature.Gauges;
import dev.holdfast.node.feature.NodeServices;
import dev.holdfast.node.feature.ReadinessCheck;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.peer.PeerKinds;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.NodeLease;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Who is in the cluster, who is alive and where: the map, this node's row in it, health checks, the
 * seats of voters, and the import that clients may have to wait for.
 */
public final class ClusterFeature implements Feature {
  public static final PeerKinds PEER_KINDS =
      PeerKinds.none()
          .feature(
              18,
              List.of(
                  Founder.class,
                  ClusterMessages.WhoAreYou.class,
                  ClusterMessages.Identity.class,
                  ClusterMessages.Admit.class,
                  ClusterMessages.Admitted.class))
          .feature(
              200,
              List.of(
                  ClusterMessages.Leave.class,
                  ClusterMessages.Left.class,
                  ClusterMessages.RemoveMe.class,
                  ClusterMessages.RemoveVerdict.class))
          .feature(
              220,
              List.of(
                  ClusterMessages.Place.class,
                  ClusterMessages.Pulse.class,
                  ClusterMessages.PulseBack.class));

  private static final Duration SEATS_EVERY = Duration.ofSeconds(1);
  private static final Duration STATS_EVERY = Duration.ofSeconds(1);

  private final NodeServices services;
  private final Setup setup;
  private final Coordinator coordinator;
  private final ClusterDirectory directory;
  private final PeerAddresses addressBook;
  private final AwaitedImport awaited;
  private final Membership membership;
  private final PeerHealth health;

  /**
   * What it needs beside the services.
   *
   * @param data bound to a cluster by its founding
   * @param addresses to ask for nodes that cannot be reached where they were
   * @param copies of objects on this node
   * @param onRemoved told when the operator took this node out of the cluster, perhaps repeatedly
   */
  public record Setup(
      SelfRow row,
      DataFolder data,
      MembershipConfig config,
      Supplier<Set<String>> addresses,
      Membership.Copies copies,
      EventHub events,
      Runnable onRemoved) {
    private String clusterId() {
      return Objects.requireNonNull(data.cluster(), "bound by the founding");
    }

    /** The cluster whose state is to be imported before clients come; mostly none. */
    private Optional<String> former() {
      return data.foundedAnew() ? Optional.ofNullable(data.formerCluster()) : Optional.empty();
    }
  }

  public ClusterFeature(NodeServices services, Setup setup) {
    this.services = services;
    this.setup = setup;
    this.coordinator = services.coordinator();
    this.directory = services.open(new ClusterDirectory(services.self(), coordinator));
    this.addressBook =
        new PeerAddresses(setup.clusterId(), setup.row(), coordinator, directory, services.peers());
    directory.onChange(this::follow);
    this.awaited = services.open(new AwaitedImport(coordinator, setup.former()));
    this.membership =
        services.open(
            new Membership(
                setup.row(),
                coordinator,
                services.peers(),
                addressBook,
                setup.addresses(),
                setup.former(),
                setup.copies(),
                setup.onRemoved()));
    new ClusterNews(setup.events()).listen(coordinator, directory);
    this.health =
        services.open(
            new PeerHealth(
                directory,
                services.peers(),
                addressBook,
                setup.events(),
                setup.config(),
                setup.addresses(),
                services.nanoTime()));
  }

  /** The cluster map, as this node has applied it. */
  public ClusterDirectory directory() {
    return directory;
  }

  /** Members that did not answer several times in a row, as seen from here. */
  public Set<String> unhealthy() {
    return health.unhealthy();
  }

  /** False while heads of objects may be missing here that were agreed on. */
  public boolean hasState() {
    return awaited.isOver();
  }

  /** The same router, whose handlers are reached only when no import is awaited. */
  public Router onceImported(Router router) {
    return ImportProblems.over(router, awaited);
  }

  /** Throws the problem that clients are told while an import is awaited. */
  public void admit(Exchange request) {
    ImportProblems.check(awaited);
  }

  String clusterId() {
    return setup.clusterId();
  }

  Membership membership() {
    return membership;
  }

  PeerHealth health() {
    return health;
  }

  /** On the watch's thread: where the peers listen now, also for the next start. */
  private void follow() {
    List<ClusterView.Member> others =
        directory.members().stream().filter(one -> !one.id().equals(services.self())).toList();
    addressBook.follow(others);
    if (!others.isEmpty()) {
      setup.data().rememberPeers(others.stream().map(ClusterView.Member::peer).toList());
    }
  }

  @Override
  public void gauges(Gauges gauges) {
    gauges.gauge(
        "coordinator.leader",
        coordinator,
        asked -> services.self().equals(asked.status().leader()) ? 1 : 0);
    gauges.gauge("coordinator.term", coordinator, asked -> asked.status().term());
    gauges.gauge("coordinator.lag", coordinator, asked -> asked.status().lagEntries());
    gauges.gauge("coordinator.applied", coordinator, asked -> asked.status().appliedRevision());
    gauges.gauge("coordinator.majority", coordinator, asked -> hasMajority(asked) ? 1 : 0);
    gauges.gauge("cluster.members", directory, asked -> asked.members().size());
    gauges.gauge("cluster.unhealthy", health, asked -> asked.unhealthy().size());
  }

  @Override
  public List<Chore> chores() {
    MembershipConfig config = setup.config();
    return List.of(
        new Chore(
            STATS_EVERY,
            "tell free space",
            new NodeStats(services.self(), setup.data().root(), coordinator, services.nanoTime())),
        new Chore(
            SEATS_EVERY,
            "fill seats of voters",
            new VoterSeats(
                coordinator,
                directory,
                config.replaceAfter(),
                config.spreadLabel(),
                services.nanoTime())));
  }

  @Override
  public List<ReadinessCheck> readiness() {
    return List.of(
        ReadinessCheck.that(
            "majority", () -> hasMajority(coordinator), "no majority of the cluster answers"),
        new ReadinessCheck("member", this::membershipFault),
        ReadinessCheck.that(
            "caught up",
            () -> coordinator.status().appliedRevision() >= coordinator.lease().provenRevision(),
            "commits that were agreed on are not applied here yet"));
  }

  private static boolean hasMajority(Coordinator coordinator) {
    return coordinator.lease().state() == NodeLease.State.CONNECTED;
  }

  private Optional<String> membershipFault() {
    return membership
        .fault()
        .or(() ->
            directory.member(services.self()).isPresent()
                ? Optional.empty()
                : Optional.of("its row of the cluster map is not applied here yet"));
  }

  @Override
  public List<String> warnings() {
    return awaited.warning().stream().toList();
  }

  @Override
  public void start() {
    membership.start();
    health.start();
  }

  /** Another voter leads, if this node did. */
  @Override
  public void leave() {
    new LeadershipHandOver(coordinator, directory, health::unhealthy).run();
  }
}
