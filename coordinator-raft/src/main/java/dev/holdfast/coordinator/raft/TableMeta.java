// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The replicated state beside the keys. Written with every checkpoint in the same durable
 * transaction, so it never disagrees with the keys.
 *
 * @param term of the last applied log entry
 * @param index of the last applied log entry, -1 before the first
 * @param revision number of transactions that changed something
 * @param nextLease id of the lease that is opened next
 * @param marks what bounds the deletion marks
 * @param origins last batch of each node
 * @param leases that are open, by id
 */
record TableMeta(
    long term,
    long index,
    long revision,
    long nextLease,
    Marks marks,
    Map<String, Origin> origins,
    Map<Long, Lease> leases) {
  static final TableMeta EMPTY = new TableMeta(0, -1, 0, 1, Marks.EMPTY, Map.of(), Map.of());

  private static final int FORMAT = 1;

  TableMeta {
    origins = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(origins));
    leases = java.util.Collections.unmodifiableMap(new TreeMap<>(leases));
  }

  /**
   * @param sequence of its last batch
   * @param index of the log entry of that batch
   * @param answers to that batch, as encoded
   */
  record Origin(long sequence, long index, Bytes answers) {}

  record Lease(String nodeId, long ttlMillis) {}

  /**
   * Deletion marks are counted in segments of consecutive revisions. When there are too many, the
   * oldest segment is forgotten: the floor rises to its last revision, and every key counts as
   * deleted then. All replicas do so at the same entry.
   *
   * @param floor no mark at or below it is known any more
   */
  record Marks(long floor, List<Segment> segments) {
    static final Marks EMPTY = new Marks(0, List.of());

    Marks {
      segments = List.copyOf(segments);
    }

    /**
     * @param last revision of its newest mark
     * @param count of marks, those that newer ones replaced included
     */
    record Segment(long last, long count) {}
  }

  byte[] encode() {
    Wire.Writer out = new Wire.Writer(1024);
    out.u8(FORMAT).number(term).number(index + 1).number(revision).number(nextLease);
    out.number(marks.floor()).number(marks.segments().size());
    for (Marks.Segment segment : marks.segments()) {
      out.number(segment.last()).number(segment.count());
    }
    out.number(origins.size());
    origins.forEach((id, origin) ->
        out.text(id).number(origin.sequence()).number(origin.index()).bytes(origin.answers()));
    out.number(leases.size());
    leases.forEach((id, lease) -> out.number(id).text(lease.nodeId()).number(lease.ttlMillis()));
    return out.toArray();
  }

  static TableMeta decode(ByteBuffer bytes) {
    Wire.Reader in = new Wire.Reader(bytes);
    in.format(FORMAT, "The table");
    long term = in.number();
    long index = in.number() - 1;
    long revision = in.number();
    long nextLease = in.number();
    long floor = in.number();
    int segmentCount = in.count();
    List<Marks.Segment> segments = new ArrayList<>(segmentCount);
    for (int i = 0; i < segmentCount; i++) {
      segments.add(new Marks.Segment(in.number(), in.number()));
    }
    int originCount = in.count();
    Map<String, Origin> origins = new LinkedHashMap<>();
    for (int i = 0; i < originCount; i++) {
      origins.put(in.text(), new Origin(in.number(), in.number(), in.bytes()));
    }
    int leaseCount = in.count();
    Map<Long, Lease> leases = new TreeMap<>();
    for (int i = 0; i < leaseCount; i++) {
      leases.put(in.number(), new Lease(in.text(), in.number()));
    }
    in.end();
    return new TableMeta(
        term, index, revision, nextLease, new Marks(floor, segments), origins, leases);
  }
}
