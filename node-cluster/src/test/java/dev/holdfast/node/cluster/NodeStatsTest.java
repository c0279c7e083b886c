// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.testkit.memory.InMemoryCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeStatsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  @Test
  void freeSpaceIsToldAtTheFirstRunAndNotWithEach(@TempDir Path data) {
    AtomicLong now = new AtomicLong();
    InMemoryCluster memory = InMemoryCluster.realTime();
    try (Coordinator coordinator = memory.open("n1")) {
      NodeStats stats = new NodeStats("n1", data, coordinator, now::get);

      stats.run();

      assertThat(NodeStats.freeBytes(coordinator, "n1")).isPositive();
      long told =
          Objects.requireNonNull(coordinator.read(Keys.stats("n1"), TIMEOUT).entry()).version();
      now.addAndGet(Duration.ofSeconds(1).toNanos());
      stats.run();
      assertThat(
              Objects.requireNonNull(coordinator.read(Keys.stats("n1"), TIMEOUT).entry()).version())
          .isEqualTo(told);
    }
  }
}
