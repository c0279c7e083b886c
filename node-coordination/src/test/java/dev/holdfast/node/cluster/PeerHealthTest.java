// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.node.InProcessNode;
import dev.holdfast.node.event.EventHub;
import dev.holdfast.node.event.NodeEvent;
import dev.holdfast.node.transact.Homes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PeerHealthTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final MembershipConfig CONFIG =
      new MembershipConfig(
          Optional.empty(),
          Duration.ofHours(1),
          Duration.ofMillis(10),
          Duration.ofSeconds(5),
          3,
          Duration.ofHours(1),
          "zone");

  private final EventHub hub = new EventHub("n1", "t", InstantSource.system());
  private final EventHub.Cursor cursor = hub.read("");
  private final List<NodeEvent> events = new ArrayList<>();
  private InMemoryCluster memory;
  private InProcessNode n1;
  private InProcessNode n2;
  private PeerHealth health;

  @BeforeEach
  void start() {
    memory = InMemoryCluster.realTime();
    Map<String, InProcessNode> nodes = InProcessNode.start(2, memory);
    n1 = Objects.requireNonNull(nodes.get("n1"));
    n2 = Objects.requireNonNull(nodes.get("n2"));
    health =
        new PeerHealth(
            n1.cluster, n1.peers, n1.addressBook, hub, CONFIG, Set::of, System::nanoTime);
    health.start();
  }

  @AfterEach
  void stop() {
    health.close();
    n1.close();
    n2.close();
    memory.close();
  }

  @Test
  void tellsOfAPeerThatFallsSilentAndPassesItOverAsAHomeUntilItAnswers() {
    Homes homes = new Homes(n1.cluster, n1.coordinator, health::unhealthy);
    awaitEvent("peer_connected");
    assertThat(health.revisionOf("n2")).isPresent();
    assertThat(homesOf(homes)).contains("n2");

    n2.peers.setDown(true);
    NodeEvent unhealthy = awaitEvent("node_unhealthy");
    assertThat(unhealthy.details()).containsEntry("peer", "n2").containsEntry("failedChecks", 3);
    assertThat(health.unhealthy()).containsExactly("n2");
    assertThat(health.revisionOf("n2")).isEmpty();
    // Its lease lives: the cluster does not call it dead.
    assertThat(n1.cluster.healthy()).contains("n2");
    assertThat(homesOf(homes)).doesNotContain("n2");
    awaitAttempts(6);
    awaitAttempts(12);

    n2.peers.setDown(false);
    Await.until(LONG, "n2 is healthy", () -> health.unhealthy().isEmpty());
    awaitEvent("peer_connected");
    assertThat(homesOf(homes)).contains("n2");
    List<Object> attempts =
        events.stream()
            .filter(event -> event.type().equals("reconnect_failed"))
            .map(event -> event.details().get("attempts"))
            .toList();
    assertThat(attempts).startsWith(3, 6, 12).doesNotHaveDuplicates();
  }

  @Test
  void believesANodeAboutItselfAndAnImpostorNothing() {
    // Else its answers to the pings would say that it is where it was.
    n2.peers.setDown(true);
    Await.until(LONG, "n2 is silent", () -> health.unhealthy().contains("n2"));
    ClusterMessages.Place moved =
        new ClusterMessages.Place("n2", "i-n2", "elsewhere:2", "elsewhere:3");
    n1.addressBook.hear("in-process", moved);
    assertThat(known()).contains(moved);

    n1.addressBook.hear(
        "in-process", new ClusterMessages.Place("n2", "emptied", "evil:2", "evil:3"));
    n1.addressBook.hear("another", new ClusterMessages.Place("n2", "i-n2", "evil:2", "evil:3"));
    n1.addressBook.hear("in-process", new ClusterMessages.Place("n1", "i-n1", "evil:2", "evil:3"));
    // The row of the map is older than the word of the node.
    n1.addressBook.follow(n1.cluster.members());
    n1.addressBook.hear("in-process", moved);
    n1.addressBook.follow(n1.cluster.members());

    assertThat(known()).contains(moved).noneMatch(place -> place.peer().startsWith("evil"));
  }

  private List<ClusterMessages.Place> known() {
    ClusterMessages.Place asking = new ClusterMessages.Place("n9", "i-n9", "n9:2", "n9:3");
    return n1.peers.call("n1", new ClusterMessages.Pulse("another", asking, 0), LONG).others();
  }

  private static List<String> homesOf(Homes homes) {
    return IntStream.range(0, 50).mapToObj(i -> homes.homeOf(new EntryKey("k" + i))).toList();
  }

  private void awaitAttempts(int attempts) {
    Await.until(
        LONG,
        "attempt " + attempts,
        () -> {
          pull();
          return events.stream()
              .anyMatch(event -> Objects.equals(event.details().get("attempts"), attempts));
        });
  }

  /** The next of this type; what was awaited before does not count again. */
  private NodeEvent awaitEvent(String type) {
    int from = events.size();
    Await.until(
        LONG,
        type,
        () -> {
          pull();
          return events.stream().skip(from).anyMatch(event -> event.type().equals(type));
        });
    return events.stream().skip(from).filter(event -> event.type().equals(type)).findFirst().get();
  }

  private void pull() {
    try {
      events.addAll(cursor.next(Duration.ofMillis(20)).events());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
