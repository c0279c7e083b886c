// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.node.store.Layer.Cell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was written since the last checkpoint: one record for each batch of changes, in files that
 * are allocated before they are used, see {@link JournalSegment}. One flush makes a batch durable;
 * LMDB, which needs two flushes and many pages for that, follows at the checkpoints.
 *
 * <p>A record that is not whole ends the journal if it was never flushed: nobody was promised it.
 * Anywhere else it is damage, and the store does not open: rows that others build on are missing,
 * and a number could be given twice.
 *
 * <p>Records come from one thread; {@link #flush} and {@link #drop} may be called by others.
 */
final class Journal implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);
  private static final String SUFFIX = ".journal";
  private static final String SPARE = ".spare";
  private static final int SPARES_MAX = 2;
  private static final String FETCH_AGAIN =
      "Move the folder 'objects' of this node away: it fetches its copies from the other nodes.";

  private final Path folder;
  private final long segmentBytes;

  /** Guards the files, and what is flushed. Held during a flush. */
  private final ReentrantLock lock = new ReentrantLock();

  /** In use, oldest first; the last one is written to. */
  private final ArrayDeque<JournalSegment> segments = new ArrayDeque<>();

  private int spares;
  private long end;
  private long sequence;
  private long flushed;
  private long flushes;

  private Journal(Path folder, long segmentBytes) {
    this.folder = folder;
    this.segmentBytes = segmentBytes;
  }

  /** Sees the records that a checkpoint does not cover, in their order. */
  @FunctionalInterface
  interface Replay {
    void record(NavigableMap<byte[], Cell> rows);
  }

  /**
   * Reads what a crash left, and goes on in a new segment.
   *
   * @param folder for the journal alone; made when it is missing
   * @param covered up to this sequence the rows are in LMDB
   * @throws StoreFailedException when something that was promised cannot be read
   */
  static Journal open(Path folder, long segmentBytes, long covered, Replay replay)
      throws IOException {
    Folders.make(folder);
    Journal journal = new Journal(folder, segmentBytes);
    journal.recover(covered, replay);
    return journal;
  }

  private void recover(long covered, Replay replay) throws IOException {
    for (long number : numbers()) {
      JournalSegment segment = JournalSegment.open(path(number), number);
      if (segment == null) {
        throw damaged(path(number), 0);
      }
      segments.add(segment);
    }
    if (segments.isEmpty() ? covered > 0 : segments.getFirst().first() > covered + 1) {
      throw new StoreFailedException(folder + " lacks its oldest files. " + FETCH_AGAIN, null);
    }
    sequence = covered;
    JournalSegment before = null;
    for (JournalSegment segment : segments) {
      if (before != null) {
        replay(before, segment.first(), covered, replay);
      }
      before = segment;
    }
    if (before != null) {
      replay(before, 0, covered, replay);
      // What a killed process wrote may be in the memory of the system alone; it counts from now
      // on.
      before.force();
    }
    flushed = sequence;
    Folders.deleteAll(folder, name -> name.endsWith(Folders.TEMP));
    while (Files.exists(folder.resolve(spares + SPARE))) {
      spares++;
    }
    // The tail of the last one is never written over: what a crash left there stays behind it.
    begin(segments.isEmpty() ? 1 : segments.getLast().number() + 1, 0);
    // Else a node that starts again and again, and writes nothing, would keep a file of each start.
    drop(covered);
  }

  private List<Long> numbers() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(SUFFIX))
          .map(name -> Long.valueOf(name.substring(0, name.length() - SUFFIX.length())))
          .sorted()
          .toList();
    }
  }

  /**
   * @param until the records before this sequence were flushed and must be there; 0 for the last
   *     segment, where only what other records say of it is known
   */
  private void replay(JournalSegment segment, long until, long covered, Replay replay)
      throws IOException {
    byte[] content = segment.content();
    long next = segment.first();
    long at = JournalSegment.HEADER_BYTES;
    while (until == 0 || next < until) {
      JournalSegment.Found found = JournalSegment.decode(content, at);
      if (found == null || found.sequence() != next) {
        break;
      }
      if (next > covered) {
        replay.record(found.rows());
      }
      at = found.end();
      next++;
    }
    long promised = until == 0 ? promised(content, at, next) : until - 1;
    if (next <= promised && promised > covered) {
      throw damaged(segment.file(), at);
    }
    sequence = Math.max(sequence, next - 1);
  }

  /** Up to which sequence all was flushed, as the records say that follow a place. */
  private static long promised(byte[] content, long from, long next) {
    long promised = 0;
    JournalSegment.Found later = JournalSegment.next(content, from);
    while (later != null) {
      // A lower one is left of an earlier use of the file.
      promised = later.sequence() > next ? Math.max(promised, later.flushed()) : promised;
      later = JournalSegment.next(content, later.end());
    }
    return promised;
  }

  private static StoreFailedException damaged(Path file, long at) {
    return new StoreFailedException(
        file + " is damaged at byte " + at + ", and what it held was acknowledged. " + FETCH_AGAIN,
        null);
  }

  /**
   * Writes a record; it is durable after the next {@link #flush}.
   *
   * @return its sequence
   * @throws IOException also when the disk is full; then nothing was written
   */
  long append(NavigableMap<byte[], Cell> rows) throws IOException {
    lock.lock();
    try {
      int length = JournalSegment.lengthOf(rows);
      if (end + length > current().sizeBytes()) {
        flush();
        begin(current().number() + 1, length);
      }
      current().write(JournalSegment.encode(rows, sequence + 1, flushed), end);
      end += length;
      return ++sequence;
    } finally {
      lock.unlock();
    }
  }

  /**
   * All that was appended before the call is durable when it returns.
   *
   * @throws UncheckedIOException whatever the reason: nobody knows what the disk has, and a second
   *     try may succeed without writing it. The process must end
   */
  void flush() {
    lock.lock();
    try {
      if (flushed < sequence) {
        current().force();
        flushed = sequence;
        flushes++;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The journal in " + folder + " cannot be flushed", e);
    } finally {
      lock.unlock();
    }
  }

  /** How often it was flushed. */
  long flushes() {
    lock.lock();
    try {
      return flushes;
    } finally {
      lock.unlock();
    }
  }

  private JournalSegment current() {
    return segments.getLast();
  }

  private void begin(long number, int recordBytes) throws IOException {
    long sizeBytes = Math.max(segmentBytes, JournalSegment.HEADER_BYTES + (long) recordBytes);
    Path fresh = folder.resolve("next" + Folders.TEMP);
    if (sizeBytes == segmentBytes && spares > 0) {
      spares--;
      Files.move(folder.resolve(spares + SPARE), fresh, StandardCopyOption.REPLACE_EXISTING);
    } else {
      Files.deleteIfExists(fresh);
      JournalSegment.allocate(fresh, sizeBytes);
    }
    // It has a header before it has its name.
    JournalSegment.begin(fresh, number, sequence + 1).close();
    Files.move(fresh, path(number), StandardCopyOption.ATOMIC_MOVE);
    Folders.sync(folder);
    segments.add(
        Objects.requireNonNull(JournalSegment.open(path(number), number), "was just begun"));
    end = JournalSegment.HEADER_BYTES;
  }

  /** Lets go of the segments that a checkpoint covers; a few are kept to be used again. */
  void drop(long covered) throws IOException {
    lock.lock();
    try {
      while (segments.size() > 1) {
        JournalSegment oldest = segments.removeFirst();
        if (segments.getFirst().first() > covered + 1) {
          segments.addFirst(oldest);
          return;
        }
        oldest.close();
        if (oldest.sizeBytes() == segmentBytes && spares < SPARES_MAX) {
          Files.move(
              oldest.file(), folder.resolve(spares + SPARE), StandardCopyOption.REPLACE_EXISTING);
          spares++;
        } else {
          Files.delete(oldest.file());
        }
      }
    } catch (NoSuchFileException e) {
      log.warn("Somebody else removed {} from the journal", e.getFile());
    } finally {
      lock.unlock();
    }
  }

  private Path path(long number) {
    return folder.resolve("%08d".formatted(number) + SUFFIX);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      for (JournalSegment segment : segments) {
        segment.close();
      }
    } catch (IOException e) {
      log.warn("Cannot close the journal in {}", folder, e);
    } finally {
      lock.unlock();
    }
  }
}
