// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.testkit.memory.InMemoryBackend;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** The contract must fail, in the named test, for each coordinator that breaks a promise. */
final class BrokenCoordinatorsTest {
  /** How long a test of a broken coordinator waits for what never comes. */
  private static final Duration BROKEN_DEADLINE = Duration.ofSeconds(1);

  private static final Duration INTACT_DEADLINE = Duration.ofSeconds(20);

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
    TestExecutionSummary intact = run(Intact.class, test);
    assertThat(intact.getFailures()).as("%s on the intact coordinator", test).isEmpty();

    TestExecutionSummary broken = run(type, test);
    assertThat(broken.getFailures()).as("%s on %s", test, type.getSimpleName()).hasSize(1);
    assertThat(broken.getFailures().getFirst().getException()).isInstanceOf(AssertionError.class);
  }

  @Test
  void catchesAStaleRead() {
    assertCaught(StaleRead.class, "seesFromAnyNodeWhatWasJustAcknowledged");
    assertCaught(StaleRead.class, "neverReadsSomethingOlderThanWhatWasAcknowledgedBefore");
  }

  @Test
  void catchesATornRead() {
    assertCaught(TornRead.class, "readsSeveralKeysAtOneRevision");
  }

  @Test
  void catchesALostWatchEvent() {
    assertCaught(LostWatchEvent.class, "tellsEveryChangeAtLeastOnceOnEveryNode");
  }

  @Test
  void catchesACommitWithoutCheck() {
    assertCaught(CommitWithoutCheck.class, "refusesAnOldVersionAndAnAbsentKeyAtVersion");
    assertCaught(CommitWithoutCheck.class, "losesNoIncrement");
    assertCaught(CommitWithoutCheck.class, "onlyOneOfManyCreatorsWins");
  }

  @Test
  void catchesForgottenDeletions() {
    assertCaught(ForgetsDeletions.class, "absentSinceFailsAfterADelete");
    assertCaught(ForgetsDeletions.class, "deletingAnAbsentKeyOvertakesALateCreate");
    assertCaught(SkipsDeletionsOfAbsentKeys.class, "deletingAnAbsentKeyOvertakesALateCreate");
  }

  @Test
  void catchesTransactionsThatAreNotAtomic() {
    assertCaught(NotAtomic.class, "appliesNothingWhenOneConditionFails");
  }

  @Test
  void catchesAReusedVersion() {
    assertCaught(VersionReused.class, "neverReusesAVersion");
  }

  @Test
  void catchesALeaseThatNeverEnds() {
    assertCaught(LeaseNeverEnds.class, "leasedEntriesGoWhenTheClusterEndsTheLease");
    assertCaught(LeaseNeverEnds.class, "leasedEntriesGoWhenTheirNodeCloses");
    assertCaught(LeaseNeverEnds.class, "leasedEntriesDoNotSurviveARestartOfTheirNode");
  }

  @Test
  void catchesAnAnswerBeforeTheCommit() {
    assertCaught(AnswersBeforeCommit.class, "seesFromAnyNodeWhatWasJustAcknowledged");
    assertCaught(AnswersBeforeCommit.class, "keepsWhatWasAcknowledgedOverTheRestartOfEachNode");
  }

  @Test
  void catchesAScanThatLosesKeysBetweenPages() {
    assertCaught(ScanLosesABorder.class, "tellsEveryKeyOfAPrefixOnce");
    assertCaught(ScanLosesABorder.class, "missesNothingWhileOthersWrite");
  }

  @Test
  void catchesConflictsThatTellTheOldState() {
    assertCaught(ConflictFromBefore.class, "aConflictTellsEnoughToRetryWithoutARead");
  }

  @Test
  void catchesABlindRepetition() {
    assertCaught(RepeatsBlindly.class, "aCommitWhoseConnectionBrokeBeforeItsAnswerIsSettled");
    assertCaught(RepeatsBlindly.class, "countsEachIncrementOnceThoughConnectionsBreak");
    assertCaught(RepeatsBlindly.class, "aReadTellsWhetherALostAnswerWasACommit");
  }

  /** On three nodes. */
  abstract static class OnMemory extends CoordinatorContract {
    private final UnaryOperator<Coordinator> wrap;
    private final Duration deadline;

    OnMemory(UnaryOperator<Coordinator> wrap) {
      this(wrap, BROKEN_DEADLINE);
    }

    OnMemory(UnaryOperator<Coordinator> wrap, Duration deadline) {
      this.wrap = wrap;
      this.deadline = deadline;
    }

    @Override
    protected final Backend openBackend() {
      assumeTrue(startedHere, "runs only within the test of the contract");
      return new InMemoryBackend(3, wrap, deadline);
    }
  }

  static final class Intact extends OnMemory {
    Intact() {
      super(UnaryOperator.identity(), INTACT_DEADLINE);
    }
  }

  static final class StaleRead extends OnMemory {
    StaleRead() {
      super(BrokenCoordinators.StaleRead::new);
    }
  }

  static final class TornRead extends OnMemory {
    TornRead() {
      super(BrokenCoordinators.TornRead::new);
    }
  }

  static final class LostWatchEvent extends OnMemory {
    LostWatchEvent() {
      super(BrokenCoordinators.LostWatchEvent::new);
    }
  }

  static final class CommitWithoutCheck extends OnMemory {
    CommitWithoutCheck() {
      super(BrokenCoordinators.CommitWithoutCheck::new);
    }
  }

  static final class ForgetsDeletions extends OnMemory {
    ForgetsDeletions() {
      super(BrokenCoordinators.ForgetsDeletions::new);
    }
  }

  static final class SkipsDeletionsOfAbsentKeys extends OnMemory {
    SkipsDeletionsOfAbsentKeys() {
      super(BrokenCoordinators.SkipsDeletionsOfAbsentKeys::new);
    }
  }

  static final class NotAtomic extends OnMemory {
    NotAtomic() {
      super(BrokenCoordinators.NotAtomic::new);
    }
  }

  static final class VersionReused extends OnMemory {
    VersionReused() {
      super(wrap(new HashMap<>()));
    }

    private static UnaryOperator<Coordinator> wrap(Map<EntryKey, List<Long>> lives) {
      return inner -> new BrokenCoordinators.VersionReused(inner, lives);
    }
  }

  static final class LeaseNeverEnds extends OnMemory {
    LeaseNeverEnds() {
      super(BrokenCoordinators.LeaseNeverEnds::new);
    }
  }

  static final class AnswersBeforeCommit extends OnMemory {
    AnswersBeforeCommit() {
      super(BrokenCoordinators.AnswersBeforeCommit::new);
    }
  }

  static final class ScanLosesABorder extends OnMemory {
    ScanLosesABorder() {
      super(BrokenCoordinators.ScanLosesABorder::new);
    }
  }

  static final class ConflictFromBefore extends OnMemory {
    ConflictFromBefore() {
      super(BrokenCoordinators.ConflictFromBefore::new);
    }
  }

  static final class RepeatsBlindly extends OnMemory {
    RepeatsBlindly() {
      super(BrokenCoordinators.RepeatsBlindly::new);
    }
  }
}
