// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.Transaction;
import java.util.List;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.Test;

/** The numbers that are told of zxids. */
final class RevisionsTest {
  private static final EntryKey KEY = new EntryKey("lock/a");

  private static Stat written(long zxid, int version) {
    Stat stat = new Stat();
    stat.setMzxid(zxid);
    stat.setVersion(version);
    return stat;
  }

  private static Revisions raised(Revisions before, long revision, long newest, long zxid) {
    return Revisions.decode(
        before.encodeRaised(revision, newest), written(zxid, before.dataVersion() + 1));
  }

  /** At zxid 100 to 1,000, at zxid 200 to 50,000. */
  private static Revisions raisedTwice() {
    Revisions none = Revisions.decode(new byte[0], written(7, 0));
    return raised(raised(none, 1_000, 98, 100), 50_000, 150, 200);
  }

  @Test
  void areZxidsUntilRaised() {
    Revisions none = Revisions.decode(new byte[0], written(7, 0));

    assertThat(none.revision(0)).isZero();
    assertThat(none.revision(123)).isEqualTo(123);
    assertThat(none.newestZxid(123)).isEqualTo(123);
    assertThat(none.newestZxid(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void riseWithEveryZxidAndReachWhatWasAskedFor() {
    Revisions raised = raisedTwice();

    long last = -1;
    for (long zxid = 0; zxid < 300; zxid++) {
      assertThat(raised.revision(zxid)).isGreaterThan(last);
      last = raised.revision(zxid);
    }
    assertThat(raised.revision(99)).isEqualTo(99);
    assertThat(raised.revision(100)).isGreaterThanOrEqualTo(1_000);
    assertThat(raised.revision(200)).isGreaterThanOrEqualTo(50_000);
    assertThat(raised.dataVersion()).isEqualTo(2);
  }

  @Test
  void keepTheNumberThatWasToldBeforeARaise() {
    Revisions once = raised(Revisions.decode(new byte[0], written(7, 0)), 1_000, 98, 100);

    for (long zxid = 0; zxid < 200; zxid++) {
      assertThat(raisedTwice().revision(zxid)).isEqualTo(once.revision(zxid));
    }
  }

  @Test
  void leadBackToTheNewestZxidThatIsNotAbove() {
    Revisions raised = raisedTwice();

    for (long zxid = 0; zxid < 300; zxid++) {
      assertThat(raised.newestZxid(raised.revision(zxid))).isEqualTo(zxid);
    }
    assertThat(raised.newestZxid(raised.revision(100) - 1)).isEqualTo(99);
    assertThat(raised.newestZxid(500)).isEqualTo(99);
    assertThat(raised.newestZxid(49_999)).isEqualTo(199);
  }

  @Test
  void noVersionMatchesANumberThatNoCommitHas() {
    Revisions raised = raisedTwice();
    Transaction asked =
        raised.asked(
            new Transaction(
                List.of(
                    new Condition.AtVersion(KEY, 500),
                    new Condition.AtVersion(KEY, 50),
                    new Condition.AtVersion(KEY, raised.revision(210)),
                    new Condition.AbsentSince(KEY, 500),
                    new Condition.Exists(KEY)),
                List.of()));

    assertThat(asked.conditions())
        .containsExactly(
            new Condition.AtVersion(KEY, -1),
            new Condition.AtVersion(KEY, 50),
            new Condition.AtVersion(KEY, 210),
            new Condition.AbsentSince(KEY, 99),
            new Condition.Exists(KEY));
  }

  @Test
  void areNotRaisedWithoutEnd() {
    Revisions raised = Revisions.decode(new byte[0], written(1, 0));
    for (int i = 1; i <= Revisions.STEPS_MAX; i++) {
      long zxid = 10L * i;
      raised = raised(raised, raised.revision(zxid) + 1_000, zxid, zxid + 1);
    }
    Revisions full = raised;

    assertThatThrownBy(() -> full.encodeRaised(Long.MAX_VALUE / 2, 20_000))
        .isInstanceOf(LimitExceededException.class);
  }
}
