// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.cluster.ClusterMessages.Place;
import dev.holdfast.node.cluster.ClusterMessages.Pulse;
import dev.holdfast.node.cluster.ClusterMessages.PulseBack;
import dev.holdfast.node.peer.PeerException;
import dev.holdfast.node.peer.PeerNetwork;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Voters;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the other nodes listen now, peer port and Raft port. A node is believed about itself only,
 * as it asks or answers; what one says about others is no more than a further address to ask. So
 * nodes find each other again without a leader, also when all of them have moved. Thread-safe.
 */
public final class PeerAddresses {
  private static final Logger LOG = LoggerFactory.getLogger(PeerAddresses.class);
  private static final Duration ASK_TIMEOUT = Duration.ofSeconds(2);
  private static final int ASKED_MAX = 256;

  private final String cluster;
  private final Place self;
  private final Coordinator coordinator;
  private final ClusterDirectory directory;
  private final PeerNetwork peers;

  /** What each node said of itself, and what its row of the map said when it last changed. */
  private final Map<String, Place> told = new ConcurrentHashMap<>();

  private final Map<String, Place> rows = new ConcurrentHashMap<>();

  /**
   * @param cluster the id of the cluster: nodes of another one are not listened to
   */
  public PeerAddresses(
      String cluster,
      SelfRow self,
      Coordinator coordinator,
      ClusterDirectory directory,
      PeerNetwork peers) {
    this.cluster = cluster;
    this.self = new Place(self.id(), self.incarnation(), self.peer(), self.raft());
    this.coordinator = coordinator;
    this.directory = directory;
    this.peers = peers;
    peers.serve(Pulse.class, (from, pulse) -> answer(pulse));
  }

  /** What this node says of itself. */
  Pulse pulse() {
    return new Pulse(cluster, self, revision());
  }

  private PulseBack answer(Pulse pulse) {
    hear(pulse.cluster(), pulse.sender());
    return new PulseBack(cluster, self, revision(), List.copyOf(told.values()));
  }

  private long revision() {
    return coordinator.status().appliedRevision();
  }

  /** Follows a node that says of itself where it listens. */
  void hear(String itsCluster, Place place) {
    if (!itsCluster.equals(cluster) || place.id().equals(self.id()) || isImpostor(place)) {
      return;
    }
    if (!place.equals(told.put(place.id(), place))) {
      follow(place);
    } else {
      // It may have been down until now.
      peers.locate(place.id(), place.peer());
    }
  }

  /** An emptied node, or one that took an id that is in use: until it is a member, it is nobody. */
  private boolean isImpostor(Place place) {
    return directory
        .member(place.id())
        .filter(member -> !member.incarnation().equals(place.incarnation()))
        .isPresent();
  }

  /**
   * The rows of the map, whenever they may have changed. A row that says what it said before is
   * older than the node's own word.
   */
  public void follow(Collection<ClusterView.Member> members) {
    Set<String> gone = new LinkedHashSet<>(rows.keySet());
    members.forEach(member -> gone.remove(member.id()));
    gone.forEach(id -> {
      rows.remove(id);
      told.remove(id);
    });
    for (ClusterView.Member member : members) {
      Place row = new Place(member.id(), member.incarnation(), member.peer(), member.raft());
      if (!member.id().equals(self.id()) && !row.equals(rows.put(member.id(), row))) {
        told.put(member.id(), row);
        follow(row);
      }
    }
  }

  private void follow(Place place) {
    LOG.debug("{} listens at {} and {}", place.id(), place.peer(), place.raft());
    peers.locate(place.id(), place.peer());
    coordinator
        .voters()
        .ifPresent(voters ->
            voters.locate(new Voters.Member(place.id(), place.incarnation(), place.raft(), true)));
  }

  /** Asks all these addresses, and those that the answers name, who is there. Blocks. */
  void ask(Supplier<Set<String>> addresses) {
    Set<String> seen = new LinkedHashSet<>(addresses.get());
    told.values().forEach(place -> seen.add(place.peer()));
    seen.remove(self.peer());
    Deque<String> open = new ArrayDeque<>(seen);
    for (int asked = 0; asked < ASKED_MAX && !open.isEmpty(); asked++) {
      String address = open.removeFirst();
      try {
        PulseBack answer = peers.callAddress(address, pulse(), ASK_TIMEOUT);
        hear(answer.cluster(), answer.sender());
        if (answer.cluster().equals(cluster)) {
          answer.others().stream()
              .map(Place::peer)
              .filter(peer -> !Objects.equals(peer, self.peer()))
              .filter(seen::add)
              .forEach(open::addLast);
        }
      } catch (PeerException e) {
        LOG.debug("Nobody at {}: {}", address, e.getMessage());
      }
    }
  }
}
