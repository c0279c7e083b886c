// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.coordinator.raft.TableMeta.Marks;
import java.util.ArrayDeque;
import java.util.ArrayList;

/** The running form of {@link Marks}. Owned by the apply thread. */
final class MarkCounter {
  private static final int SEGMENTS = 64;

  private final long limit;
  private final ArrayDeque<Marks.Segment> segments = new ArrayDeque<>();
  private long floor;
  private long total;

  /**
   * @param limit most marks that are remembered; part of the replicated rules, so equal on all
   *     nodes
   */
  MarkCounter(long limit, Marks marks) {
    this.limit = limit;
    this.floor = marks.floor();
    for (Marks.Segment segment : marks.segments()) {
      segments.add(segment);
      total += segment.count();
    }
  }

  long floor() {
    return floor;
  }

  /** One more key was deleted at this revision. */
  void add(long revision) {
    Marks.Segment last = segments.peekLast();
    long segmentMax = Math.max(1, limit / SEGMENTS);
    if (last == null || (last.count() >= segmentMax && last.last() != revision)) {
      segments.addLast(new Marks.Segment(revision, 1));
    } else {
      segments.removeLast();
      segments.addLast(new Marks.Segment(revision, last.count() + 1));
    }
    total++;
    while (total > limit && segments.size() > 1) {
      Marks.Segment oldest = segments.removeFirst();
      floor = oldest.last();
      total -= oldest.count();
    }
  }

  Marks snapshot() {
    return new Marks(floor, new ArrayList<>(segments));
  }
}
