// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.cleanup;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Decides what the collector of chunks may delete. Pure. A chunk goes in two steps, with a grace
 * before each:
 *
 * <pre>
 *   kept ──(no version uses it, and nobody touched it for a grace)──► in the trash
 *    ▲                                                                  │
 *    └──────────(a version uses it after all, or a write names it)──────┤
 *                                                                       └──(second grace)──► gone
 * </pre>
 */
public final class CleanupPlanner {
  /** A segment is rewritten when at least this part of it is dead. */
  private static final double DEAD_SHARE = 0.5;

  /** The same on low space. */
  private static final double DEAD_SHARE_URGENT = 0.1;

  private CleanupPlanner() {}

  /**
   * What a pass depends on.
   *
   * @param hindrance of the cluster, empty when there is none: no majority, a node that leaves
   * @param uptime of the process, whose memory of what was touched begins with it
   * @param grace before a chunk goes to the trash
   * @param minFreeBytes below that writes are refused
   */
  public record Circumstances(
      String hindrance, Duration uptime, Duration grace, long freeBytes, long minFreeBytes) {}

  /** Whether a pass may delete. */
  public sealed interface Permission {
    /**
     * @param isUrgent space is low: the second grace is over at once
     */
    record Granted(boolean isUrgent) implements Permission {}

    /**
     * @param why in a sentence
     */
    record Refused(String why) implements Permission {}
  }

  public static Permission permission(Circumstances now) {
    if (!now.hindrance().isEmpty()) {
      return new Permission.Refused(now.hindrance());
    }
    if (now.uptime().compareTo(now.grace()) < 0) {
      return new Permission.Refused(
          "The node is up for less than the grace of chunks, so writes that began before its start"
              + " may still come.");
    }
    return new Permission.Granted(isLow(now.freeBytes(), now.minFreeBytes()));
  }

  /** Before writes are refused, not only then. */
  public static boolean isLow(long freeBytes, long minFreeBytes) {
    return freeBytes < 2 * minFreeBytes;
  }

  /**
   * What is known of a chunk while nobody can touch it or begin to use it.
   *
   * @param isMarked a version named it when the mark was made, or the filter errs
   * @param isUsed the index of uses names a version
   * @param isRecent it was touched within the grace
   */
  public record Facts(boolean isMarked, boolean isUsed, boolean isRecent) {}

  /** Whether a chunk that is kept goes to the trash. */
  public static boolean goesToTrash(Facts facts) {
    return !facts.isMarked() && !facts.isUsed() && !facts.isRecent();
  }

  /** What happens to a chunk in the trash. */
  public enum Fate {
    STAY,
    /** Back to where it can be read. */
    RESTORE,
    REMOVE
  }

  /**
   * @param age since it went to the trash; negative when the clock was set back
   * @param grace of the trash
   */
  public static Fate fate(Facts facts, Duration age, Duration grace, boolean isUrgent) {
    if (facts.isMarked() || facts.isUsed()) {
      return Fate.RESTORE;
    }
    boolean isOver = !age.isNegative() && age.compareTo(grace) >= 0;
    return !facts.isRecent() && (isOver || isUrgent) ? Fate.REMOVE : Fate.STAY;
  }

  /**
   * A closed segment.
   *
   * @param liveBytes of chunks that can be read
   * @param isPinned it has chunks in the trash, or some whose place is not known yet
   */
  public record Segment(int number, long sizeBytes, long liveBytes, boolean isPinned) {
    double deadShare() {
      return sizeBytes == 0 ? 1 : 1 - (double) liveBytes / sizeBytes;
    }
  }

  /**
   * The segments to rewrite, the most dead first. What is alive is written a second time before the
   * segment goes, so there must be room for it.
   *
   * @param roomBytes that may be used up
   */
  public static List<Segment> toRewrite(List<Segment> closed, long roomBytes, boolean isUrgent) {
    double share = isUrgent ? DEAD_SHARE_URGENT : DEAD_SHARE;
    List<Segment> chosen = new ArrayList<>();
    List<Segment> deadFirst =
        closed.stream()
            .filter(segment -> !segment.isPinned() && segment.deadShare() >= share)
            .sorted(Comparator.comparingDouble(Segment::deadShare).reversed())
            .toList();
    // What was rewritten makes room for the next.
    long room = roomBytes;
    for (Segment segment : deadFirst) {
      if (segment.liveBytes() <= Math.max(0, room)) {
        chosen.add(segment);
        room += segment.sizeBytes() - segment.liveBytes();
      }
    }
    return chosen;
  }
}
