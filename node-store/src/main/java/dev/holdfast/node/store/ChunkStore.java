// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.cleanup.CleanupPlanner;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.spi.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes of objects, named by their SHA-256. Chunks from {@link #FILE_BYTES_MIN} on are files of
 * their own, smaller ones lie in append-only segments. Thread-safe.
 *
 * <p>When {@link #put} returns, the chunks and their names survive a power cut. Every read verifies
 * the hash, and so does every reuse of a chunk that is here already; what does not match is moved
 * aside, counted, and reported as missing, so that the caller fetches or writes another copy.
 */
public final class ChunkStore implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ChunkStore.class);
  public static final int FILE_BYTES_MIN = 64 << 10;

  private final FileChunks files;
  private final SegmentChunks segments;
  private final SpaceGuard space;
  private final Fatal fatal;
  private final Damage damage;
  private final ChunkClaims claims;

  /** Held by those who are about to record that a version uses chunks. */
  @FunctionalInterface
  public interface Use extends AutoCloseable {
    @Override
    void close();
  }

  /** Chunks that are being written: not here yet for anyone who asks. */
  private final ConcurrentMap<Bytes, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

  private ChunkStore(
      FileChunks files,
      SegmentChunks segments,
      SpaceGuard space,
      Fatal fatal,
      Damage damage,
      ChunkClaims claims) {
    this.claims = claims;
    this.files = files;
    this.segments = segments;
    this.space = space;
    this.fatal = fatal;
    this.damage = damage;
  }

  /**
   * @throws StoreFailedException when the folder is foreign, lost, or cannot be recovered
   */
  static ChunkStore open(
      Path folder,
      StoreIdentity identity,
      StoreSettings settings,
      NodeStore records,
      SpaceGuard space,
      Fatal fatal,
      Damage damage,
      LongSupplier nanos) {
    StoreMarker.guard(folder, identity, !records.wereChunksOpened());
    try {
      Path quarantine = folder.resolve("quarantine");
      Folders.make(quarantine);
      Folders.deleteAll(quarantine, name -> name.endsWith(Folders.TEMP));
      FileChunks files =
          FileChunks.open(folder.resolve("files"), quarantine, folder.resolve("trash"));
      SegmentChunks segments =
          SegmentChunks.open(
              folder.resolve("segments"), quarantine, settings.segmentBytes(), records);
      records.chunksAreOpened();
      return new ChunkStore(files, segments, space, fatal, damage, new ChunkClaims(nanos));
    } catch (IOException e) {
      throw new StoreFailedException("Cannot open the chunks in " + folder, e);
    }
  }

  /**
   * Keeps chunks; those that are here already are only verified.
   *
   * @throws DiskFullException nothing of this call counts as kept
   * @throws StoreFailedException a write or fsync failed: this process must end
   */
  public void put(List<Chunk> chunks) {
    fatal.check();
    space.checkWritable();
    claims.touch(chunks.stream().map(Chunk::ref).toList());
    Map<Bytes, Chunk> mine = new LinkedHashMap<>();
    List<CompletableFuture<Void>> others = new ArrayList<>();
    CompletableFuture<Void> done = new CompletableFuture<>();
    for (Chunk chunk : chunks) {
      Bytes hash = chunk.ref().hash();
      if (!mine.containsKey(hash)) {
        CompletableFuture<Void> other = underWay.putIfAbsent(hash, done);
        if (other == null) {
          mine.put(hash, chunk);
        } else {
          others.add(other);
        }
      }
    }
    try {
      write(mine.values());
      mine.keySet().forEach(hash -> underWay.remove(hash, done));
      done.complete(null);
    } catch (RuntimeException e) {
      mine.keySet().forEach(hash -> underWay.remove(hash, done));
      done.completeExceptionally(e);
      throw e;
    }
    waitFor(others, chunks);
  }

  /** Another caller writes the same chunk; when it fails, we try ourselves. */
  private void waitFor(List<CompletableFuture<Void>> others, List<Chunk> chunks) {
    boolean failed = false;
    for (CompletableFuture<Void> other : others) {
      failed |= other.handle((_, error) -> error != null).join();
    }
    if (failed) {
      fatal.check();
      put(chunks);
    }
  }

  private void write(Collection<Chunk> chunks) {
    List<Chunk> large = new ArrayList<>();
    List<Chunk> small = new ArrayList<>();
    for (Chunk chunk : chunks) {
      if (read(chunk.ref()).isEmpty()) {
        (isFile(chunk.ref()) ? large : small).add(chunk);
      }
    }
    try {
      if (!large.isEmpty()) {
        files.put(large);
      }
      if (!small.isEmpty()) {
        segments.put(small);
      }
    } catch (IOException e) {
      if (Folders.isDiskFull(e)) {
        space.release();
        throw new DiskFullException("The disk is full", e);
      }
      throw fatal.fail("Cannot write a chunk", e);
    }
  }

  /**
   * Says that these chunks are about to be used: those that are here stay for a while, and what the
   * collector had put into the trash comes back.
   */
  public void claim(List<ChunkRef> refs) {
    try (Use _ = use()) {
      claims.touch(refs);
      for (ChunkRef ref : refs) {
        if (!contains(ref)) {
          restore(ref);
        }
      }
    }
  }

  /**
   * Chunks that are here now stay until it is closed. For as long as it takes to look at them and
   * record the version that uses them, on one thread.
   */
  public Use use() {
    return claims.use();
  }

  ChunkClaims claims() {
    return claims;
  }

  /** Nobody sees it any more. While nobody uses chunks; false when it is not here. */
  boolean moveToTrash(ChunkRef ref, long atMillis) {
    try {
      return isFile(ref) ? files.moveToTrash(ref, atMillis) : segments.trash().move(ref, atMillis);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot put a chunk into the trash", e);
    }
  }

  /** Gets a chunk back from the trash, if it is there. */
  void restore(ChunkRef ref) {
    try {
      if (isFile(ref)) {
        files.restore(ref);
      } else {
        segments.trash().restore(ref);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot get a chunk back from the trash", e);
    }
  }

  /** From the trash, for good. */
  void remove(ChunkRef ref) {
    try {
      if (isFile(ref)) {
        files.remove(ref);
      } else {
        segments.trash().remove(ref);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot remove a chunk", e);
    }
  }

  /** What is in the trash. */
  List<Trashed> trash() throws IOException {
    List<Trashed> all = new ArrayList<>(files.trash());
    all.addAll(segments.trash().list());
    return all;
  }

  List<CleanupPlanner.Segment> closedSegments() throws IOException {
    return segments.rewriter().closed();
  }

  /** See {@link SegmentRewriter#rewrite}. */
  boolean rewrite(int segment, ChunkCollector.Steps steps) throws IOException {
    return segments.rewriter().rewrite(segment, steps);
  }

  /** Whether it is here, as far as its name says. */
  public boolean contains(ChunkRef ref) {
    return !underWay.containsKey(ref.hash())
        && (isFile(ref) ? files.contains(ref) : segments.contains(ref));
  }

  /** Whether its bytes are on the disk, as far as files and their sizes say: reads none of them. */
  public boolean isOnDisk(ChunkRef ref) {
    try {
      return contains(ref) && (isFile(ref) ? files.isWhole(ref) : segments.isWhole(ref));
    } catch (IOException e) {
      log.warn("Chunk {} cannot be looked at", ref.hash().toHex(), e);
      return false;
    }
  }

  /** Whether it is here and right: reads it. What rotted is no longer here afterwards. */
  public boolean isIntact(ChunkRef ref) {
    return contains(ref) && read(ref).isPresent();
  }

  /** The verified bytes; empty when the chunk is not here, or no longer what its name says. */
  public Optional<byte[]> read(ChunkRef ref) {
    Optional<byte[]> bytes;
    try {
      bytes = isFile(ref) ? files.read(ref) : segments.read(ref);
    } catch (IOException e) {
      log.error("Chunk {} cannot be read from this disk", ref.hash().toHex(), e);
      // Too many open files, or a store that closes, say nothing about the chunk.
      return Folders.isUnreadable(e) ? giveUp(ref) : Optional.empty();
    }
    if (bytes.isPresent() && !Sha256.of(bytes.get()).equals(ref.hash())) {
      return giveUp(ref);
    }
    // Right bytes of another length: then the reference is wrong, and the chunk stays.
    return bytes.filter(right -> right.length == ref.length());
  }

  private Optional<byte[]> giveUp(ChunkRef ref) {
    log.error("Chunk {} is damaged on this disk: moved aside", ref.hash().toHex());
    try {
      if (isFile(ref)) {
        files.moveAside(ref);
      } else {
        segments.moveAside(ref);
      }
    } catch (IOException e) {
      log.error("Chunk {} cannot be moved aside", ref.hash().toHex(), e);
    }
    damage.chunk(ref);
    return Optional.empty();
  }

  /** The chunks whose hash begins with this octet. */
  List<ChunkRef> chunksOf(int octet) {
    try {
      List<ChunkRef> refs = new ArrayList<>(files.fanOf(octet));
      refs.addAll(segments.chunksOf(octet));
      return refs;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list chunks", e);
    }
  }

  private static boolean isFile(ChunkRef ref) {
    return ref.length() >= FILE_BYTES_MIN;
  }

  @Override
  public void close() {
    segments.close();
  }
}
