// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.cleanup.CleanupPlanner;
import dev.holdfast.core.version.ChunkRef;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gets back the room of dead chunks in segments. For one thread. */
final class SegmentRewriter {
  private static final Logger log = LoggerFactory.getLogger(SegmentRewriter.class);

  /** So much of a segment is read and written again at once. */
  private static final int REWRITE_BYTES = 1 << 20;

  private final SegmentChunks segments;
  private final SegmentTrash trash;
  private final NodeStore records;

  SegmentRewriter(SegmentChunks segments, SegmentTrash trash, NodeStore records) {
    this.segments = segments;
    this.trash = trash;
    this.records = records;
  }

  /** How full the segments are that nothing is appended to any more. */
  List<CleanupPlanner.Segment> closed() throws IOException {
    Map<Integer, Long> live = new HashMap<>();
    segments.forEachPlace((_, place) ->
        live.merge(place.segment(), (long) SegmentScan.HEADER_BYTES + place.length(), Long::sum));
    Set<Integer> pinned = new HashSet<>();
    trash.forEach((_, one) -> pinned.add(one.place().segment()));
    pinned.addAll(segments.onTheirWay());
    List<CleanupPlanner.Segment> closed = new ArrayList<>();
    for (int number : segments.numbers()) {
      if (number < segments.active()) {
        long size = Files.size(segments.path(number));
        // Before all of it is indexed, a chunk may be on its way into the index.
        boolean isPinned = pinned.contains(number) || segments.indexedUntil(number) < size;
        closed.add(
            new CleanupPlanner.Segment(
                number, size, Math.min(size, live.getOrDefault(number, 0L)), isPinned));
      }
    }
    return closed;
  }

  /**
   * Writes what is alive in a closed segment a second time, at the end of the active one, and then
   * deletes the file. At each moment every place names right bytes: the new ones are durable before
   * the places move, and the places are durable before the file goes.
   *
   * @return false when it stays: a chunk of it is damaged, or somebody still needs it
   */
  boolean rewrite(int number, ChunkCollector.Steps steps) throws IOException {
    List<ChunkRef> alive = new ArrayList<>();
    segments.forEachPlace((hash, place) -> {
      if (place.segment() == number) {
        alive.add(new ChunkRef(ChunkRef.SHA_256, hash, place.length()));
      }
    });
    List<Chunk> batch = new ArrayList<>();
    long batchBytes = 0;
    for (ChunkRef ref : alive) {
      Optional<byte[]> bytes = segments.read(ref);
      if (bytes.isEmpty() || !ref.matches(bytes.get())) {
        log.warn("{} is not rewritten: a chunk of it is damaged", segments.path(number));
        return false;
      }
      batch.add(new Chunk(ref, bytes.get()));
      batchBytes += ref.length();
      if (batchBytes >= REWRITE_BYTES) {
        steps.before("append");
        segments.put(batch);
        batch.clear();
        batchBytes = 0;
      }
    }
    if (!batch.isEmpty()) {
      steps.before("append");
      segments.put(batch);
    }
    // What was handed over before this change is durable with it.
    records.submit(_ -> true).join();
    return !isNeeded(number) && isDeleted(number, steps);
  }

  private boolean isNeeded(int number) {
    boolean[] isNeeded = {false};
    segments.forEachPlace((_, place) -> isNeeded[0] |= place.segment() == number);
    trash.forEach((_, one) -> isNeeded[0] |= one.place().segment() == number);
    return isNeeded[0] || segments.onTheirWay().contains(number);
  }

  private boolean isDeleted(int number, ChunkCollector.Steps steps) throws IOException {
    steps.before("delete");
    segments.delete(number);
    steps.before("forget");
    segments.forget(number);
    return true;
  }
}
