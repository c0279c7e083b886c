package dev.holdfast.node.store;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.io.IOException;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes of objects, named by their SHA-256. Chunks from {@link #FILE_BYTES_MIN} on are files of
 * their own, smaller ones lie in append-only segments. Thread-safe.
 *
 * <p>When {@link #put} returns, the chunks and their names survive a power cut. Every read verifies
 * the hash; what does not match is moved aside, counted, and reported as missing, so that the
 * caller fetches another copy.
 */
public final class ChunkStore implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ChunkStore.class);
  public static final int FILE_BYTES_MIN = 64 << 10;

  private final FileChunks files;
  private final SegmentChunks segments;
  private final SpaceGuard space;
  private final Fatal fatal;
  private final Meter meter;

  /** Chunks that are being written: not here yet for anyone who asks. */
  private final ConcurrentMap<Bytes, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

  private ChunkStore(
      FileChunks files, SegmentChunks segments, SpaceGuard space, Fatal fatal, Meter meter) {
    this.files = files;
    this.segments = segments;
    this.space = space;
    this.fatal = fatal;
    this.meter = meter;
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
      Meter meter) {
    StoreMarker.guard(folder, identity, !records.wereChunksOpened());
    try {
      Path quarantine = folder.resolve("quarantine");
      Folders.make(quarantine);
      FileChunks files = FileChunks.open(folder.resolve("files"), quarantine);
      SegmentChunks segments =
          SegmentChunks.open(
              folder.resolve("segments"), quarantine, settings.segmentBytes(), records);
      records.chunksAreOpened();
      return new ChunkStore(files, segments, space, fatal, meter);
    } catch (IOException e) {
      throw new StoreFailedException("Cannot open the chunks in " + folder, e);
    }
  }

  /**
   * Keeps chunks; those that are here already cost nothing.
   *
   * @throws DiskFullException nothing of this call counts as kept
   * @throws StoreFailedException a write or fsync failed: this process must end
   */
  public void put(List<Chunk> chunks) {
    fatal.check();
    space.checkWritable();
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
      boolean isLarge = isFile(chunk.ref());
      if (!(isLarge ? files.contains(chunk.ref()) : segments.contains(chunk.ref()))) {
        (isLarge ? large : small).add(chunk);
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

  public boolean contains(ChunkRef ref) {
    return !underWay.containsKey(ref.hash())
        && (isFile(ref) ? files.contains(ref) : segments.contains(ref));
  }

  /** The verified bytes; empty when the chunk is not here, or no longer what its name says. */
  public Optional<byte[]> read(ChunkRef ref) {
    try {
      Optional<byte[]> bytes = isFile(ref) ? files.read(ref) : segments.read(ref);
      if (bytes.isPresent() && !ref.matches(bytes.get())) {
        meter.count("chunks.corrupt", 1);
        log.error("Chunk {} is damaged on this disk: moved aside", ref.hash().toHex());
        if (isFile(ref)) {
          files.quarantine(ref);
        } else {
          segments.quarantine(ref, bytes.get());
        }
        return Optional.empty();
      }
      return bytes;
    } catch (IOException e) {
      meter.count("chunks.corrupt", 1);
      log.error("Chunk {} cannot be read from this disk", ref.hash().toHex(), e);
      return Optional.empty();
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
