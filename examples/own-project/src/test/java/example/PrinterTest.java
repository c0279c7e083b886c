// SPDX-License-Identifier: Apache-2.0
package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Three nodes, each a process, for all tests of this class. */
@HoldfastCluster(nodes = 3)
class PrinterTest {
  @Test
  void keepsItsValuesAndItsLockThoughTheLeaderDies(LocalCluster cluster, List<URI> servers)
      throws InterruptedException {
    String addresses = servers.stream().map(URI::toString).collect(Collectors.joining(","));
    try (Holdfast holdfast = Holdfast.connect(addresses)) {
      holdfast.map("printers").set("3rd-floor", "busy");
      Hold hold = holdfast.locks().lock("printers/3rd floor").acquire();

      cluster.awaitLeader(Duration.ofSeconds(30)).kill();

      assertEquals("busy", holdfast.map("printers").get("3rd-floor").orElseThrow());
      assertTrue(hold.isHeld());
    }
  }
}
