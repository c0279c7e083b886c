// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.cleanup.CleanupPlanner.Circumstances;
import dev.holdfast.core.cleanup.CleanupPlanner.Facts;
import dev.holdfast.core.cleanup.CleanupPlanner.Fate;
import dev.holdfast.core.cleanup.CleanupPlanner.Permission;
import dev.holdfast.core.cleanup.CleanupPlanner.Segment;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What may be deleted, and what never. */
final class CleanupPlannerTest {
  private static final Duration GRACE = Duration.ofHours(6);
  private static final Facts GARBAGE = new Facts(false, false, false);

  @Test
  void deletesNothingWhileTheClusterOrItsOwnMemoryIsIncomplete() {
    assertThat(CleanupPlanner.permission(at("No majority.", GRACE, 1L << 40)))
        .isEqualTo(new Permission.Refused("No majority."));
    assertThat(CleanupPlanner.permission(at("", GRACE.minusNanos(1), 1L << 40)))
        .isInstanceOf(Permission.Refused.class);
    assertThat(CleanupPlanner.permission(at("", GRACE, 1L << 40)))
        .isEqualTo(new Permission.Granted(false));
  }

  @Test
  void isInAHurryBeforeWritesAreRefused() {
    assertThat(CleanupPlanner.permission(at("", GRACE, 199)))
        .isEqualTo(new Permission.Granted(true));
    assertThat(CleanupPlanner.permission(at("", GRACE, 200)))
        .isEqualTo(new Permission.Granted(false));
  }

  private static Circumstances at(String hindrance, Duration uptime, long freeBytes) {
    return new Circumstances(hindrance, uptime, GRACE, freeBytes, 100);
  }

  @Test
  void anyReasonKeepsAChunk() {
    assertThat(CleanupPlanner.goesToTrash(GARBAGE)).isTrue();
    assertThat(CleanupPlanner.goesToTrash(new Facts(true, false, false))).isFalse();
    assertThat(CleanupPlanner.goesToTrash(new Facts(false, true, false))).isFalse();
    assertThat(CleanupPlanner.goesToTrash(new Facts(false, false, true))).isFalse();
  }

  @Test
  void theTrashGivesBackWhatIsUsedAndWaitsForTheRest() {
    assertThat(fate(new Facts(true, false, false), GRACE, true)).isEqualTo(Fate.RESTORE);
    assertThat(fate(new Facts(false, true, false), GRACE, true)).isEqualTo(Fate.RESTORE);
    assertThat(fate(GARBAGE, GRACE.minusNanos(1), false)).isEqualTo(Fate.STAY);
    assertThat(fate(GARBAGE, GRACE, false)).isEqualTo(Fate.REMOVE);
    assertThat(fate(GARBAGE, Duration.ofHours(-1), false)).isEqualTo(Fate.STAY);
    assertThat(fate(GARBAGE, Duration.ZERO, true)).as("urgent").isEqualTo(Fate.REMOVE);
    assertThat(fate(new Facts(false, false, true), GRACE, true)).isEqualTo(Fate.STAY);
  }

  private static Fate fate(Facts facts, Duration age, boolean isUrgent) {
    return CleanupPlanner.fate(facts, age, GRACE, isUrgent);
  }

  @Test
  void rewritesSegmentsThatAreMostlyDeadAsFarAsThereIsRoom() {
    Segment dead = new Segment(1, 100, 0, false);
    Segment half = new Segment(2, 100, 50, false);
    Segment full = new Segment(3, 100, 80, false);
    Segment pinned = new Segment(4, 100, 0, true);
    List<Segment> all = List.of(full, half, pinned, dead);

    assertThat(CleanupPlanner.toRewrite(all, 1_000, false)).containsExactly(dead, half);
    assertThat(CleanupPlanner.toRewrite(all, 1_000, true)).containsExactly(dead, half, full);
    assertThat(CleanupPlanner.toRewrite(all, 0, false))
        .as("a dead segment makes room for the next")
        .containsExactly(dead, half);
    assertThat(CleanupPlanner.toRewrite(List.of(half), 49, false)).isEmpty();
  }

  @Test
  void theFilterNeverDeniesWhatWasAddedAndErrsSeldomAndWithEachSaltElsewhere() {
    ChunkFilter one = new ChunkFilter(10_000, 1);
    ChunkFilter other = new ChunkFilter(10_000, 2);
    for (int i = 0; i < 10_000; i++) {
      one.add(hash(i));
      other.add(hash(i));
    }

    int wrong = 0;
    int wrongInBoth = 0;
    for (int i = 0; i < 10_000; i++) {
      assertThat(one.mayContain(hash(i))).isTrue();
      if (one.mayContain(hash(-1 - i))) {
        wrong++;
        wrongInBoth += other.mayContain(hash(-1 - i)) ? 1 : 0;
      }
    }
    assertThat(wrong).isLessThan(200);
    assertThat(wrongInBoth).isLessThan(20);
  }

  private static Bytes hash(int i) {
    return Sha256.of(ByteBuffer.allocate(4).putInt(i).array());
  }
}
