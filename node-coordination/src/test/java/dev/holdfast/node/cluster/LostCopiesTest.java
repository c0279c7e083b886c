// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.node.InProcessNode;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LostCopiesTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void aNodeWhoseCopiesAreGoneRaisesTheVersionThatCommitsRestOn() {
    try (InMemoryCluster memory = InMemoryCluster.realTime()) {
      Map<String, InProcessNode> nodes = InProcessNode.start(1, memory);
      try (InProcessNode n1 = Objects.requireNonNull(nodes.get("n1"))) {
        Await.until(SOON, "it is registered", n1.membership::isRegistered);
        long before = incarnationVersion(n1);

        registerAgain(n1);
        assertThat(incarnationVersion(n1)).as("its copies are here").isEqualTo(before);

        n1.copies.areNew.set(true);
        registerAgain(n1);
        assertThat(incarnationVersion(n1)).isGreaterThan(before);
        assertThat(n1.copies.areNew).isFalse();
      }
    }
  }

  /** As after a restart. */
  private static void registerAgain(InProcessNode node) {
    SelfRow row = new SelfRow("n1", "i-n1", "n1:1", "n1:2", "n1:3", Map.of(), 1);
    try (Membership again =
        new Membership(
            row,
            node.coordinator,
            node.peers,
            node.addressBook,
            Set::of,
            Optional.empty(),
            node.copies,
            () -> {})) {
      again.start();
      Await.until(SOON, "it is registered", again::isRegistered);
    }
  }

  private static long incarnationVersion(InProcessNode node) {
    Entry entry = node.coordinator.read(Keys.incarnation("n1"), SOON).entry();
    return Objects.requireNonNull(entry).version();
  }
}
