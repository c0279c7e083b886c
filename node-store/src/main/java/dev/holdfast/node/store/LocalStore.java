// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The records and the chunks of this node, in one folder. */
public final class LocalStore implements AutoCloseable {
  private final NodeStore records;
  private final ChunkStore chunks;
  private final SpaceGuard space;
  private final Path folder;
  private final LongSupplier nanos;
  private final Fatal fatal;
  private final Damage damage;
  private final String self;
  private final Meter meter;
  private final AtomicReference<@Nullable DeletionLog> deletions = new AtomicReference<>();

  private LocalStore(
      Path folder,
      LongSupplier nanos,
      NodeStore records,
      ChunkStore chunks,
      SpaceGuard space,
      Fatal fatal,
      Damage damage,
      String self,
      Meter meter) {
    this.folder = folder;
    this.nanos = nanos;
    this.self = self;
    this.meter = meter;
    this.fatal = fatal;
    this.damage = damage;
    this.records = records;
    this.chunks = chunks;
    this.space = space;
  }

  /**
   * Opens and recovers. Blocks for as long as the segments behind their marks take to read.
   *
   * @param folder for the store alone; made when it is missing
   * @param meter counts {@code chunks.corrupt} and {@code rows.corrupt}
   * @param nanos monotonic
   * @param onFatal told once when this process must end; nothing is acknowledged afterwards
   * @throws StoreFailedException when the folder is foreign, lost, or damaged
   */
  public static LocalStore open(
      Path folder,
      StoreIdentity identity,
      StoreSettings settings,
      Meter meter,
      LongSupplier nanos,
      Consumer<StoreFailedException> onFatal) {
    Fatal fatal = new Fatal(onFatal);
    try {
      Folders.make(folder);
    } catch (IOException e) {
      throw new StoreFailedException("Cannot make " + folder, e);
    }
    SpaceGuard space = new SpaceGuard(folder, settings, nanos);
    Damage damage = new Damage(folder.resolve("quarantine"), meter);
    NodeStore records =
        NodeStore.open(folder.resolve("records"), identity, settings, space, fatal, damage);
    try {
      ChunkStore chunks =
          ChunkStore.open(
              folder.resolve("chunks"), identity, settings, records, space, fatal, damage, nanos);
      space.load();
      return new LocalStore(
          folder, nanos, records, chunks, space, fatal, damage, identity.nodeId(), meter);
    } catch (RuntimeException e) {
      records.close();
      throw e;
    }
  }

  /** Whether a folder, in which a store was kept, has lost its records. */
  public static boolean isLost(Path folder) {
    return !Files.exists(folder.resolve("records").resolve("data.mdb"));
  }

  /** False until {@link #announced}: others may still count copies of a store before this one. */
  public boolean isAnnounced() {
    return records.isAnnounced();
  }

  /** Durable when it returns. */
  public void announced() {
    records.announced();
  }

  /** Who fetches again what was found rotten. */
  public void onDamage(DamageListener listener) {
    damage.listener(listener);
  }

  /** Reads all of it at a pace; for one thread of the caller's. */
  public Scrub scrub(Scrub.Pace pace, InstantSource clock) {
    return new Scrub(this, self, pace, clock, meter);
  }

  /** Takes away chunks that no version names; for one thread of the caller's. */
  public ChunkCollector collector(CollectorSettings settings, InstantSource clock) {
    return collector(settings, clock, ChunkCollector.Steps.NONE);
  }

  /**
   * Forgets all versions of a key, see {@link RetiredRows#forget}. No version is recorded between
   * the last question and the end.
   *
   * @param mayGo asked last
   * @return false when it may not, versions came or went since, or writes never paused
   */
  public boolean forget(ObjectKey key, Set<VersionId> seen, BooleanSupplier mayGo)
      throws InterruptedException {
    boolean[] isDone = {false};
    return chunks
            .claims()
            .isDoneAlone(
                () -> isDone[0] = mayGo.getAsBoolean() && records.retired().forget(key, seen))
        && isDone[0];
  }

  ChunkCollector collector(
      CollectorSettings settings, InstantSource clock, ChunkCollector.Steps steps) {
    return new ChunkCollector(this, settings, deletions(clock), clock, nanos, meter, steps);
  }

  /** The log of what is deleted on this disk, one for all. */
  public DeletionLog deletions(InstantSource clock) {
    DeletionLog fresh = new DeletionLog(folder, clock);
    DeletionLog known = deletions.compareAndExchange(null, fresh);
    return known == null ? fresh : known;
  }

  /** For those who heal it. */
  public Meter meter() {
    return meter;
  }

  public NodeStore records() {
    return records;
  }

  public ChunkStore chunks() {
    return chunks;
  }

  public SpaceGuard space() {
    return space;
  }

  @Override
  public void close() {
    fatal.closing();
    records.close();
    chunks.close();
  }
}
