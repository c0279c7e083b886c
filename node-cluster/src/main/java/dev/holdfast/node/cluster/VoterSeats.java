// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Voters;
import dev.holdfast.spi.placement.ClusterMap;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the seat of a voter that is down for long to an observer. The leader does it, one seat at a
 * time, and only while a majority of the voters is healthy, so that the change itself is agreed on;
 * a new leader counts the time anew. The lost one keeps its data, and observes when it is back.
 */
public final class VoterSeats implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(VoterSeats.class);
  private static final Duration CHANGE_TIMEOUT = Duration.ofSeconds(30);

  private final Coordinator coordinator;
  private final ClusterView cluster;
  private final Duration replaceAfter;
  private final String spreadLabel;
  private final LongSupplier nanoTime;

  /** Since when each voter is down, as this leader saw it. Confined to the chore. */
  private final Map<String, Long> downSince = new HashMap<>();

  public VoterSeats(
      Coordinator coordinator,
      ClusterView cluster,
      Duration replaceAfter,
      String spreadLabel,
      LongSupplier nanoTime) {
    this.coordinator = coordinator;
    this.cluster = cluster;
    this.replaceAfter = replaceAfter;
    this.spreadLabel = spreadLabel;
    this.nanoTime = nanoTime;
  }

  @Override
  public void run() {
    Optional<Voters> voters = coordinator.voters();
    if (voters.isEmpty() || !cluster.self().equals(coordinator.status().leader())) {
      downSince.clear();
      return;
    }
    List<Voters.Member> members = voters.get().current();
    Set<String> voting = ids(members, true);
    Set<String> down = new TreeSet<>(voting);
    down.removeAll(cluster.healthy());
    long now = nanoTime.getAsLong();
    downSince.keySet().retainAll(down);
    down.forEach(id -> downSince.putIfAbsent(id, now));
    if ((voting.size() - down.size()) * 2 <= voting.size()) {
      return;
    }
    down.stream()
        .filter(id -> now - downSince.getOrDefault(id, now) >= replaceAfter.toNanos())
        .findFirst()
        .ifPresent(lost -> replace(voters.get(), lost, members));
  }

  private static Set<String> ids(List<Voters.Member> members, boolean voting) {
    return members.stream()
        .filter(member -> member.voting() == voting)
        .map(Voters.Member::nodeId)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void replace(Voters voters, String lost, List<Voters.Member> members) {
    Set<String> staying = ids(members, true);
    staying.remove(lost);
    Set<String> candidates = ids(members, false);
    candidates.retainAll(cluster.healthy());
    Map<String, Map<String, String>> labels = new HashMap<>();
    for (ClusterMap.Node node : cluster.map().nodes()) {
      labels.put(node.id(), node.labels());
      if (node.state() != ClusterMap.State.ACTIVE) {
        candidates.remove(node.id());
      }
    }
    SeatChoice.choose(candidates, staying, labels, spreadLabel)
        .flatMap(
            chosen -> members.stream().filter(member -> member.nodeId().equals(chosen)).findFirst())
        .ifPresent(observer -> {
          LOG.info("{} is down for {}; {} votes instead", lost, replaceAfter, observer.nodeId());
          voters.replace(
              lost,
              new Voters.Member(
                  observer.nodeId(), observer.incarnation(), observer.address(), true),
              CHANGE_TIMEOUT);
          downSince.remove(lost);
          LOG.info("{} has the seat of {}", observer.nodeId(), lost);
        });
  }
}
