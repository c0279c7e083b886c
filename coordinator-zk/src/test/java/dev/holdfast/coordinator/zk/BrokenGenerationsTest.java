// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request;

import dev.holdfast.testkit.contract.Backend;
import dev.holdfast.testkit.contract.CoordinatorContract;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * The contract must fail, in the named test, when Curator may repeat a request or put another
 * handle in the place of one that has expired (docs/adr/0010).
 */
final class BrokenGenerationsTest {
  private static final Duration BROKEN_DEADLINE = Duration.ofSeconds(10);

  /** A pattern given to the build may match the nested classes; these are not its business. */
  private static volatile boolean startedHere;

  private static TestExecutionSummary run(Class<? extends CoordinatorContract> type, String test) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    startedHere = true;
    try {
      LauncherFactory.create()
          .execute(request().selectors(selectMethod(type, test)).build(), listener);
    } finally {
      startedHere = false;
    }
    assertThat(listener.getSummary().getTestsStartedCount()).as("tests run").isEqualTo(1);
    return listener.getSummary();
  }

  private static void assertCaught(Class<? extends CoordinatorContract> type, String test) {
    TestExecutionSummary broken = run(type, test);
    assertThat(broken.getFailures()).as("%s on %s", test, type.getSimpleName()).hasSize(1);
    assertThat(broken.getFailures().getFirst().getException()).isInstanceOf(AssertionError.class);
  }

  @Test
  void catchesARepetitionByCurator() {
    assertCaught(Repeats.class, "aCommitWhoseConnectionBrokeBeforeItsAnswerIsSettled");
  }

  @Test
  void catchesAHandleThatWasReplacedUnderItsSession() {
    assertCaught(Replaces.class, "leasedEntriesGoWhenTheClusterEndsTheLease");
  }

  abstract static class Broken extends CoordinatorContract {
    abstract Generation.Handles handles();

    @Override
    protected Backend openBackend() {
      assumeTrue(startedHere);
      return new ZkBackend(1, 2, "10s", BROKEN_DEADLINE, handles());
    }
  }

  static final class Repeats extends Broken {
    @Override
    Generation.Handles handles() {
      return BrokenHandles.Repeating::new;
    }
  }

  static final class Replaces extends Broken {
    @Override
    Generation.Handles handles() {
      return BrokenHandles.Replacing::new;
    }
  }
}
