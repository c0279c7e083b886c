// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.spi.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small chunks, one after another in files: {@code magic, length, SHA-256, bytes}. A chunk counts
 * once its segment was fsynced; where it lies is kept in LMDB, a little later, together with how
 * far each segment is indexed. At start everything behind that mark is read again, and a torn tail
 * is cut off, after a copy of it was put aside. Damage in the middle costs the chunk that it hit.
 */
final class SegmentChunks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SegmentChunks.class);
  private static final String SUFFIX = ".seg";
  private static final byte[] NOTHING = {};
  private static final byte[] MARK = {'s', 'e', 'g', '-'};
  private static final int PAGE = 1_000;

  private final Path folder;
  private final Path quarantine;
  private final long segmentBytes;
  private final NodeStore records;
  private final SegmentTrash trash;

  /** Durable chunks whose index entry is still on its way to LMDB. */
  private final ConcurrentMap<Bytes, SegmentPlace> pending = new ConcurrentHashMap<>();

  /** Segment → begin → end of what was indexed in this run; closed segments are dropped. */
  private final ConcurrentMap<Integer, ConcurrentMap<Long, Long>> indexed =
      new ConcurrentHashMap<>();

  private final ConcurrentMap<Integer, FileChannel> open = new ConcurrentHashMap<>();

  /** Guards {@link #active} and {@link #end}: appends come one after another. */
  private final ReentrantLock appending = new ReentrantLock();

  /** Held during an fsync, so that those who wait share the next one. */
  private final ReentrantLock syncing = new ReentrantLock();

  private int active;
  private long end;

  /** The active segment is durable up to here. Guarded by {@link #syncing}. */
  private long syncedSegment;

  private long syncedEnd;

  private SegmentChunks(Path folder, Path quarantine, long segmentBytes, NodeStore records) {
    this.folder = folder;
    this.quarantine = quarantine;
    this.segmentBytes = segmentBytes;
    this.records = records;
    this.trash = new SegmentTrash(records, pending::containsKey);
  }

  static SegmentChunks open(Path folder, Path quarantine, long segmentBytes, NodeStore records)
      throws IOException {
    Folders.make(folder);
    SegmentChunks chunks = new SegmentChunks(folder, quarantine, segmentBytes, records);
    chunks.recover();
    return chunks;
  }

  /** Of all segments, ascending. */
  List<Integer> numbers() throws IOException {
    List<Integer> numbers = new ArrayList<>();
    try (var files = Files.list(folder)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(SUFFIX))
          .forEach(name ->
              numbers.add(Integer.parseInt(name.substring(0, name.length() - SUFFIX.length()))));
    }
    numbers.sort(null);
    return numbers;
  }

  private void recover() throws IOException {
    List<Integer> numbers = numbers();
    for (int number : numbers) {
      recover(number);
    }
    active = numbers.isEmpty() ? 1 : numbers.getLast();
    create(active);
    end = channel(active).size();
  }

  private void recover(int number) throws IOException {
    FileChannel file = channel(number);
    long from = indexedUntil(number);
    if (file.size() < from) {
      throw new IOException(
          path(number) + " has " + file.size() + " bytes, " + from + " were acknowledged");
    }
    SegmentScan scan = SegmentScan.of(file, from);
    for (SegmentScan.Gap gap : scan.gaps()) {
      log.error(
          "{} is damaged from {} to {}: what lies behind it is kept",
          path(number),
          gap.begin(),
          gap.end());
      indexedBetween(number, gap.begin(), gap.end());
    }
    if (scan.end() < file.size()) {
      cutTail(number, file, scan.end());
    }
    file.force(true);
    Map<Bytes, SegmentPlace> found = new HashMap<>();
    scan.found()
        .forEach(
            one -> found.put(one.hash(), new SegmentPlace(number, one.offset(), one.length())));
    if (!found.isEmpty() || !scan.gaps().isEmpty()) {
      records.submit(change -> index(change, found)).join();
    }
  }

  private void cutTail(int number, FileChannel file, long at) throws IOException {
    int length = (int) Math.min(file.size() - at, segmentBytes);
    log.warn("{} has a torn tail of {} bytes: cut off", path(number), length);
    Folders.replace(
        quarantine.resolve("tail-%08d-%d".formatted(number, at)),
        SegmentScan.read(file, at, length).array());
    file.truncate(at);
  }

  boolean contains(ChunkRef ref) {
    return row(ref.hash()) != null;
  }

  /** Whether its segment reaches as far as the chunk does. */
  boolean isWhole(ChunkRef ref) throws IOException {
    byte[] row = row(ref.hash());
    SegmentPlace place = row == null ? null : SegmentPlace.decode(row);
    if (place == null || !Files.exists(path(place.segment()))) {
      return false;
    }
    return place.length() == ref.length() && place.end() <= Files.size(path(place.segment()));
  }

  void put(List<Chunk> chunks) throws IOException {
    Map<Bytes, SegmentPlace> places = new HashMap<>();
    int segment;
    long until;
    appending.lock();
    try {
      if (end >= segmentBytes) {
        sync(active, end);
        create(active + 1);
        active++;
        indexed.keySet().removeIf(closed -> closed < active - 1);
        end = 0;
      }
      append(chunks, places);
      segment = active;
      until = end;
    } finally {
      appending.unlock();
    }
    sync(segment, until);
    pending.putAll(places);
    // A failure here is one of the whole store, which its writer reports.
    var _ =
        records
            .submitUnflushed(change -> index(change, places))
            .thenRun(() -> places.forEach(pending::remove));
  }

  private void append(List<Chunk> chunks, Map<Bytes, SegmentPlace> places) throws IOException {
    int sizeBytes =
        chunks.stream().mapToInt(chunk -> SegmentScan.HEADER_BYTES + chunk.bytes().length).sum();
    ByteBuffer out = ByteBuffer.allocate(sizeBytes);
    for (Chunk chunk : chunks) {
      out.putInt(SegmentScan.MAGIC).putInt(chunk.bytes().length).put(chunk.ref().hash().toArray());
      places.put(
          chunk.ref().hash(), new SegmentPlace(active, end + out.position(), chunk.bytes().length));
      out.put(chunk.bytes());
    }
    FileChannel file = channel(active);
    try {
      file.position(end);
      Folders.writeFully(file, out.flip());
      end += sizeBytes;
    } catch (IOException e) {
      file.truncate(end);
      throw e;
    }
  }

  /** Whoever comes first fsyncs for all whose bytes are there by then. */
  private void sync(int segment, long until) throws IOException {
    syncing.lock();
    try {
      if (segment < syncedSegment || (segment == syncedSegment && until <= syncedEnd)) {
        return;
      }
      FileChannel file = channel(segment);
      long size = file.size();
      file.force(true);
      syncedSegment = segment;
      syncedEnd = size;
    } finally {
      syncing.unlock();
    }
  }

  /**
   * In one transaction: the places, and how far their segments are indexed without a gap. Appends
   * may get here out of order, so what lies behind a gap is remembered until the gap is closed.
   */
  private boolean index(Change change, Map<Bytes, SegmentPlace> places) {
    places.forEach((hash, place) -> {
      change.put(Table.SEGMENTS, hash.toArray(), place.encode());
      indexedBetween(place.segment(), place.offset() - SegmentScan.HEADER_BYTES, place.end());
    });
    indexed.forEach((segment, ends) -> {
      long until = indexedUntil(change, segment);
      for (Long next = ends.get(until); next != null; next = ends.get(until)) {
        until = next;
      }
      byte[] mark = mark(segment);
      change.put(Table.META, mark, Sealed.seal(mark, number(until)));
    });
    return true;
  }

  private void indexedBetween(int segment, long begin, long end) {
    indexed.computeIfAbsent(segment, _ -> new ConcurrentSkipListMap<>()).put(begin, end);
  }

  /** As they are; no bytes when its place cannot be, so that it is given up. */
  Optional<byte[]> read(ChunkRef ref) throws IOException {
    byte[] row = row(ref.hash());
    while (row != null) {
      try {
        byte[] bytes = read(SegmentPlace.decode(row));
        if (bytes.length > 0) {
          return Optional.of(bytes);
        }
      } catch (IOException e) {
        if (Arrays.equals(row, row(ref.hash()))) {
          throw e;
        }
      }
      byte[] before = row;
      row = row(ref.hash());
      if (Arrays.equals(row, before)) {
        return Optional.of(NOTHING);
      }
      // Its segment was rewritten while we looked at the old one.
    }
    return Optional.empty();
  }

  private byte[] read(@Nullable SegmentPlace place) throws IOException {
    if (place == null || !Files.exists(path(place.segment()))) {
      return NOTHING;
    }
    FileChannel file = channel(place.segment());
    return place.end() > file.size()
        ? NOTHING
        : SegmentScan.read(file, place.offset(), place.length()).array();
  }

  /** Forgets where a damaged chunk is, unless it has been put again in the meantime. */
  void moveAside(ChunkRef ref) throws IOException {
    byte[] hash = ref.hash().toArray();
    byte[] row = row(ref.hash());
    if (row == null) {
      return;
    }
    byte[] bytes = readIfPossible(SegmentPlace.decode(row));
    if (ref.hash().equals(Sha256.of(bytes))) {
      return;
    }
    Folders.replace(quarantine.resolve(ref.hash().toHex()), bytes);
    SegmentPlace place = pending.get(ref.hash());
    if (place != null && Arrays.equals(place.encode(), row)) {
      pending.remove(ref.hash(), place);
    }
    var _ =
        records
            .submitUnflushed(change -> {
              byte[] now = change.get(Table.SEGMENTS, hash);
              return now != null && Arrays.equals(now, row) && change.delete(Table.SEGMENTS, hash);
            })
            .whenComplete((_, error) -> {
              if (error != null) {
                log.warn("The place of a damaged chunk stays for now", error);
              }
            });
  }

  private byte[] readIfPossible(@Nullable SegmentPlace place) throws IOException {
    try {
      return read(place);
    } catch (IOException e) {
      if (!Folders.isUnreadable(e)) {
        throw e;
      }
      log.warn("The disk cannot give a chunk", e);
      return NOTHING;
    }
  }

  /** Where chunks are appended. */
  int active() {
    appending.lock();
    try {
      return active;
    } finally {
      appending.unlock();
    }
  }

  /** All places, in pages; one that cannot be is left to the reader of its chunk. */
  void forEachPlace(BiConsumer<Bytes, SegmentPlace> visitor) {
    byte[][] from = {NOTHING};
    do {
      byte[] start = from[0];
      from[0] = NOTHING;
      int[] seen = {0};
      records.read(rows -> {
        rows.forEach(
            Table.SEGMENTS,
            start,
            (hash, row) -> {
              if (seen[0]++ == PAGE) {
                from[0] = hash;
                return false;
              }
              SegmentPlace place = SegmentPlace.decode(row);
              if (place != null) {
                visitor.accept(Bytes.wrap(hash), place);
              }
              return true;
            });
        return true;
      });
    } while (from[0].length > 0);
  }

  /** The chunks whose hash begins with this octet. */
  List<ChunkRef> chunksOf(int octet) {
    byte[] prefix = {(byte) octet};
    List<ChunkRef> refs = new ArrayList<>();
    records.read(rows -> {
      rows.forEach(
          Table.SEGMENTS,
          prefix,
          (hash, row) -> {
            if (!Lmdb.startsWith(hash, prefix)) {
              return false;
            }
            SegmentPlace place = SegmentPlace.decode(row);
            if (hash.length == Sha256.LENGTH_BYTES) {
              int length = place == null ? 1 : place.length();
              refs.add(new ChunkRef(ChunkRef.SHA_256, Bytes.wrap(hash), length));
            }
            return true;
          });
      return true;
    });
    return refs;
  }

  private byte @Nullable [] row(Bytes hash) {
    SegmentPlace place = pending.get(hash);
    return place != null
        ? place.encode()
        : records.read(rows -> rows.get(Table.SEGMENTS, hash.toArray()));
  }

  /** All before it is indexed. */
  long indexedUntil(int segment) {
    return records.read(rows -> indexedUntil(rows, segment));
  }

  private static long indexedUntil(Rows rows, int segment) {
    byte[] key = mark(segment);
    byte[] row = rows.get(Table.META, key);
    byte[] mark = row == null ? null : Sealed.open(key, row);
    // One that rotted makes the whole segment be read again.
    return mark == null || mark.length != Long.BYTES ? 0 : ByteBuffer.wrap(mark).getLong();
  }

  private static byte[] mark(int segment) {
    return Lmdb.concat(MARK, ByteBuffer.allocate(4).putInt(segment).array());
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  private FileChannel channel(int segment) throws IOException {
    FileChannel channel = open.get(segment);
    if (channel != null) {
      return channel;
    }
    FileChannel opened =
        FileChannel.open(path(segment), StandardOpenOption.READ, StandardOpenOption.WRITE);
    FileChannel other = open.putIfAbsent(segment, opened);
    if (other != null) {
      opened.close();
      return other;
    }
    return opened;
  }

  /** Segments of chunks whose places are not in the index yet. */
  Set<Integer> onTheirWay() {
    return pending.values().stream().map(SegmentPlace::segment).collect(Collectors.toSet());
  }

  /** The file of a segment that no place names. */
  void delete(int segment) throws IOException {
    Files.delete(path(segment));
    Folders.sync(folder);
  }

  /** All else of a segment that was deleted. */
  void forget(int segment) throws IOException {
    indexed.remove(segment);
    FileChannel channel = open.remove(segment);
    if (channel != null) {
      channel.close();
    }
    boolean _ = records.submitUnflushed(change -> change.delete(Table.META, mark(segment))).join();
  }

  SegmentTrash trash() {
    return trash;
  }

  SegmentRewriter rewriter() {
    return new SegmentRewriter(this, trash, records);
  }

  /** A reader must never make a file: a segment that was deleted stays so. */
  private void create(int segment) throws IOException {
    if (!Files.exists(path(segment))) {
      Files.createFile(path(segment));
    }
    Folders.sync(folder);
  }

  Path path(int segment) {
    return folder.resolve("%08d".formatted(segment) + SUFFIX);
  }

  @Override
  public void close() {
    open.values()
        .forEach(channel -> {
          try {
            channel.close();
          } catch (IOException e) {
            log.warn("Cannot close a segment", e);
          }
        });
  }
}
