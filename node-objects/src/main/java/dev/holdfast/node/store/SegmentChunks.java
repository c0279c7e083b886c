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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Txn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small chunks, one after another in files: {@code magic, length, SHA-256, bytes}. A chunk counts
 * once its segment was fsynced; where it lies is kept in LMDB, a little later, together with how
 * far each segment is indexed. At start everything behind that mark is read again, and a torn tail
 * is cut off, after a copy of it was put aside.
 */
final class SegmentChunks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SegmentChunks.class);
  private static final int MAGIC = 0x48464331;
  private static final int HEADER_BYTES = 8 + Sha256.LENGTH_BYTES;
  private static final String SUFFIX = ".seg";
  private static final byte[] MARK = {'s', 'e', 'g', '-'};

  private final Path folder;
  private final Path quarantine;
  private final long segmentBytes;
  private final NodeStore records;

  /** Durable chunks whose index entry is still on its way to LMDB. */
  private final ConcurrentMap<Bytes, Place> pending = new ConcurrentHashMap<>();

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
  }

  private record Place(int segment, long offset, int length) {
    byte[] encode() {
      return ByteBuffer.allocate(16).putInt(segment).putLong(offset).putInt(length).array();
    }

    static Place decode(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      return new Place(in.getInt(), in.getLong(), in.getInt());
    }

    long end() {
      return offset + length;
    }
  }

  static SegmentChunks open(Path folder, Path quarantine, long segmentBytes, NodeStore records)
      throws IOException {
    Folders.make(folder);
    SegmentChunks chunks = new SegmentChunks(folder, quarantine, segmentBytes, records);
    chunks.recover();
    return chunks;
  }

  private void recover() throws IOException {
    List<Integer> numbers = new ArrayList<>();
    try (var files = Files.list(folder)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(SUFFIX))
          .forEach(name ->
              numbers.add(Integer.parseInt(name.substring(0, name.length() - SUFFIX.length()))));
    }
    numbers.sort(null);
    for (int number : numbers) {
      recover(number);
    }
    active = numbers.isEmpty() ? 1 : numbers.getLast();
    end = channel(active).size();
    Folders.sync(folder);
  }

  private void recover(int number) throws IOException {
    FileChannel file = channel(number);
    long at = indexedUntil(number);
    if (file.size() < at) {
      throw new IOException(
          path(number) + " has " + file.size() + " bytes, " + at + " were acknowledged");
    }
    Map<Bytes, Place> found = new HashMap<>();
    long size = file.size();
    while (at < size) {
      Place place = check(file, number, at, size, found);
      if (place == null) {
        cutTail(number, file, at);
        break;
      }
      at = place.end();
    }
    file.force(true);
    if (!found.isEmpty()) {
      records.submit(txn -> index(txn, found)).join();
    }
  }

  /** The chunk at this offset, or null when what stands there is none. */
  private static @Nullable Place check(
      FileChannel file, int number, long at, long size, Map<Bytes, Place> found)
      throws IOException {
    if (size - at < HEADER_BYTES) {
      return null;
    }
    ByteBuffer header = read(file, at, HEADER_BYTES);
    int magic = header.getInt();
    int length = header.getInt();
    byte[] hash = new byte[Sha256.LENGTH_BYTES];
    header.get(hash);
    if (magic != MAGIC
        || length < 1
        || length >= ChunkStore.FILE_BYTES_MIN
        || size - at - HEADER_BYTES < length) {
      return null;
    }
    byte[] bytes = read(file, at + HEADER_BYTES, length).array();
    if (!Sha256.of(bytes).equals(Bytes.wrap(hash))) {
      return null;
    }
    Place place = new Place(number, at + HEADER_BYTES, length);
    found.put(Bytes.wrap(hash), place);
    return place;
  }

  private void cutTail(int number, FileChannel file, long at) throws IOException {
    int length = (int) Math.min(file.size() - at, segmentBytes);
    log.warn("{} has a torn tail of {} bytes: cut off", path(number), length);
    Folders.replace(
        quarantine.resolve("tail-%08d-%d".formatted(number, at)), read(file, at, length).array());
    file.truncate(at);
  }

  boolean contains(ChunkRef ref) {
    return place(ref.hash()) != null;
  }

  void put(List<Chunk> chunks) throws IOException {
    Map<Bytes, Place> places = new HashMap<>();
    int segment;
    long until;
    appending.lock();
    try {
      if (end >= segmentBytes) {
        sync(active, end);
        active++;
        indexed.keySet().removeIf(closed -> closed < active - 1);
        end = 0;
        channel(active);
        Folders.sync(folder);
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
        records.submit(txn -> index(txn, places)).thenRun(() -> places.forEach(pending::remove));
  }

  private void append(List<Chunk> chunks, Map<Bytes, Place> places) throws IOException {
    int sizeBytes = chunks.stream().mapToInt(chunk -> HEADER_BYTES + chunk.bytes().length).sum();
    ByteBuffer out = ByteBuffer.allocate(sizeBytes);
    for (Chunk chunk : chunks) {
      out.putInt(MAGIC).putInt(chunk.bytes().length).put(chunk.ref().hash().toArray());
      places.put(chunk.ref().hash(), new Place(active, end + out.position(), chunk.bytes().length));
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
  private boolean index(Txn<byte[]> txn, Map<Bytes, Place> places) {
    places.forEach((hash, place) -> {
      records.segmentsTable().put(txn, hash.toArray(), place.encode());
      indexed
          .computeIfAbsent(place.segment(), _ -> new ConcurrentSkipListMap<>())
          .put(place.offset() - HEADER_BYTES, place.end());
    });
    indexed.forEach((segment, ends) -> {
      long until = indexedUntil(txn, segment);
      for (Long next = ends.get(until); next != null; next = ends.get(until)) {
        until = next;
      }
      records.metaTable().put(txn, mark(segment), number(until));
    });
    return true;
  }

  Optional<byte[]> read(ChunkRef ref) throws IOException {
    Place place = place(ref.hash());
    if (place == null) {
      return Optional.empty();
    }
    return Optional.of(read(channel(place.segment()), place.offset(), place.length()).array());
  }

  void quarantine(ChunkRef ref, byte[] bytes) throws IOException {
    Folders.replace(quarantine.resolve(ref.hash().toHex()), bytes);
    pending.remove(ref.hash());
    records.submit(txn -> records.segmentsTable().delete(txn, ref.hash().toArray())).join();
  }

  private @Nullable Place place(Bytes hash) {
    Place place = pending.get(hash);
    if (place != null) {
      return place;
    }
    byte[] bytes = records.read(txn -> records.segmentsTable().get(txn, hash.toArray()));
    return bytes == null ? null : Place.decode(bytes);
  }

  private long indexedUntil(int segment) {
    return records.read(txn -> indexedUntil(txn, segment));
  }

  private long indexedUntil(Txn<byte[]> txn, int segment) {
    byte[] mark = records.metaTable().get(txn, mark(segment));
    return mark == null ? 0 : ByteBuffer.wrap(mark).getLong();
  }

  private static byte[] mark(int segment) {
    return Lmdb.concat(MARK, ByteBuffer.allocate(4).putInt(segment).array());
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  private static ByteBuffer read(FileChannel file, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, at + bytes.position()) < 0) {
        throw new IOException("A segment ends at " + (at + bytes.position()));
      }
    }
    return bytes.flip();
  }

  private FileChannel channel(int segment) throws IOException {
    FileChannel channel = open.get(segment);
    if (channel != null) {
      return channel;
    }
    FileChannel opened =
        FileChannel.open(
            path(segment),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    FileChannel other = open.putIfAbsent(segment, opened);
    if (other != null) {
      opened.close();
      return other;
    }
    return opened;
  }

  private Path path(int segment) {
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
