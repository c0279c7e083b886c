// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request;

import dev.holdfast.testkit.cluster.FakeDistribution;
import dev.holdfast.testkit.cluster.LocalCluster;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

final class HoldfastExtensionTest {
  private static final String HOME = "holdfast.home";
  private static final Queue<LocalCluster> SEEN = new ConcurrentLinkedQueue<>();

  @TempDir private Path temp;

  @BeforeEach
  void useTheFakeDistribution() throws Exception {
    System.setProperty(HOME, FakeDistribution.in(temp).toString());
    SEEN.clear();
  }

  @AfterEach
  void forgetTheFakeDistribution() {
    System.clearProperty(HOME);
  }

  private static TestExecutionSummary run(Class<?> test) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request().selectors(selectClass(test)).build(), listener);
    return listener.getSummary();
  }

  @Test
  void givesAllTestsOfAClassOneClusterAndEndsItWithTheClass() {
    TestExecutionSummary summary = run(WithACluster.class);

    assertThat(summary.getFailures()).isEmpty();
    assertThat(summary.getTestsSucceededCount()).isEqualTo(3);
    assertThat(SEEN).hasSize(3);
    assertThat(SEEN.stream().distinct()).hasSize(1);
    assertThat(SEEN.element().nodes()).noneMatch(node -> node.isAlive());
  }

  @Test
  void keepsTheLogsOfAFailedTest() {
    TestExecutionSummary summary = run(Failing.class);

    assertThat(summary.getTestsFailedCount()).isEqualTo(1);
    Path logs = Path.of("target", "holdfast-logs", Failing.class.getName());
    assertThat(logs.resolve("n1.log")).content().contains("started with node --id n1");
  }

  @HoldfastCluster(nodes = 2, heap = "32m", options = "fake.key=a=b")
  static final class WithACluster {
    @Test
    void getsTheCluster(LocalCluster cluster) {
      SEEN.add(cluster);
      assertThat(cluster.nodes()).hasSize(2).allMatch(node -> node.isReady());
      assertThat(String.join("\n", cluster.node(0).logTail())).contains("--set fake.key=a=b");
    }

    @Test
    void getsTheAddresses(List<URI> servers, LocalCluster cluster) {
      SEEN.add(cluster);
      assertThat(servers).isEqualTo(cluster.apiUris());
    }

    @Nested
    final class Inside {
      @Test
      void sharesTheClusterOfItsClass(LocalCluster cluster) {
        SEEN.add(cluster);
      }
    }
  }

  @HoldfastCluster(nodes = 1, heap = "32m")
  static final class Failing {
    @Test
    void fails(LocalCluster cluster) {
      assertThat(cluster.nodes()).as("fails on purpose").isEmpty();
    }
  }
}
