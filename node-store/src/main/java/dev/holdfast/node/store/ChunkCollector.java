// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.cleanup.ChunkFilter;
import dev.holdfast.core.cleanup.CleanupPlanner;
import dev.holdfast.core.cleanup.CleanupPlanner.Facts;
import dev.holdfast.core.cleanup.CleanupPlanner.Fate;
import dev.holdfast.core.cleanup.CleanupPlanner.Permission;
import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes away chunks that no version names: mark, then sweep, one part of the hashes after the
 * other, then rewrite segments that are mostly dead.
 *
 * <p>The mark is a walk over all records in any state; a record that cannot be read ends the pass
 * before it deletes anything. What is recorded behind the walk's back is in the index of uses,
 * which is asked once more before each step. What may be used next was touched, see {@link
 * ChunkClaims}. After a crash at any point all that is referenced can be read, and the next pass
 * goes on. For one thread.
 */
public final class ChunkCollector {
  private static final Logger log = LoggerFactory.getLogger(ChunkCollector.class);
  private static final int OCTETS = 256;

  private final LocalStore store;
  private final ChunkStore chunks;
  private final NodeStore records;
  private final CollectorSettings settings;
  private final DeletionLog deletions;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Meter meter;
  private final Steps steps;
  private final long startedAtNanos;
  private long passes;

  /** Between two steps: tests end the process there. */
  @FunctionalInterface
  interface Steps {
    Steps NONE = _ -> {};

    void before(String step);
  }

  ChunkCollector(
      LocalStore store,
      CollectorSettings settings,
      DeletionLog deletions,
      InstantSource clock,
      LongSupplier nanos,
      Meter meter,
      Steps steps) {
    this.store = store;
    this.chunks = store.chunks();
    this.records = store.records();
    this.settings = settings;
    this.deletions = deletions;
    this.clock = clock;
    this.nanos = nanos;
    this.meter = meter;
    this.steps = steps;
    this.startedAtNanos = nanos.getAsLong();
    chunks.claims().grace(settings.grace());
  }

  /** Whether a pass should begin at once. */
  public boolean isSpaceLow() {
    return CleanupPlanner.isLow(store.space().freeBytes(), store.space().minFreeBytes());
  }

  /**
   * One pass; blocks for as long as the mark and the rewriting take.
   *
   * @param isPlan changes nothing
   * @param hindrance of the cluster, empty when there is none
   * @param goesOn asked between steps; false ends the pass
   */
  public CollectorReport run(boolean isPlan, String hindrance, BooleanSupplier goesOn)
      throws InterruptedException {
    Permission permission =
        CleanupPlanner.permission(
            new CleanupPlanner.Circumstances(
                hindrance,
                Duration.ofNanos(nanos.getAsLong() - startedAtNanos),
                settings.grace(),
                store.space().freeBytes(),
                store.space().minFreeBytes()));
    return switch (permission) {
      case Permission.Granted(boolean isUrgent) -> new Pass(isPlan, isUrgent, "", goesOn).run();
      case Permission.Refused(String why) when isPlan ->
          new Pass(true, isSpaceLow(), why, goesOn).run();
      case Permission.Refused(String why) -> CollectorReport.refused(why);
    };
  }

  private final class Pass {
    private final boolean isPlan;
    private final boolean isUrgent;
    private final BooleanSupplier goesOn;
    private String refusal;
    private ChunkFilter marked = new ChunkFilter(1, 0);
    private long usedChunks;
    private long seenChunks;
    private long trashed;
    private long trashedBytes;
    private long removed;
    private long removedBytes;
    private long restored;
    private long inTrash;
    private long inTrashBytes;
    private long rewritten;
    private long reclaimedBytes;

    Pass(boolean isPlan, boolean isUrgent, String refusal, BooleanSupplier goesOn) {
      this.isPlan = isPlan;
      this.isUrgent = isUrgent;
      this.refusal = refusal;
      this.goesOn = goesOn;
    }

    CollectorReport run() throws InterruptedException {
      try {
        Optional<ChunkFilter> mark = mark();
        if (mark.isPresent()) {
          marked = mark.get();
          emptyTrash();
          for (int octet = 0; octet < OCTETS && goesOn.getAsBoolean(); octet++) {
            sweep(octet);
          }
          rewriteSegments();
        } else {
          refusal = "A record of a version could not be read, so its chunks are not known.";
        }
      } catch (IOException | UncheckedIOException e) {
        log.warn("The collector of chunks ends its pass", e);
        refusal = "The disk failed: " + e.getMessage();
      }
      if (removed > 0 || rewritten > 0) {
        store.space().load();
      }
      return report();
    }

    /** Empty when a record cannot be read, or the pass was ended. */
    private Optional<ChunkFilter> mark() {
      // Another salt each time: what the filter wrongly keeps, the next pass takes.
      ChunkFilter filter = new ChunkFilter(records.chunkUses(goesOn), ++passes);
      long[] uses = {0};
      boolean isWhole =
          records.isEachVersionRead(version -> {
            for (ChunkRef ref : version.chunks()) {
              filter.add(ref.hash());
              uses[0]++;
            }
            return goesOn.getAsBoolean();
          });
      usedChunks = uses[0];
      return isWhole ? Optional.of(filter) : Optional.empty();
    }

    private void emptyTrash() throws IOException, InterruptedException {
      for (Trashed one : chunks.trash()) {
        if (!goesOn.getAsBoolean()) {
          return;
        }
        inTrash++;
        inTrashBytes += one.ref().length();
        if (isPlan) {
          count(one, fate(one));
        } else if (!chunks.claims().isDoneAlone(() -> settle(one))) {
          log.debug("Chunk {} stays in the trash: the store is busy", one.ref().hash().toHex());
        }
      }
    }

    private Fate fate(Trashed one) {
      Duration age = Duration.ofMillis(clock.millis() - one.atMillis());
      return CleanupPlanner.fate(facts(one.ref()), age, settings.trashGrace(), isUrgent);
    }

    private void count(Trashed one, Fate fate) {
      switch (fate) {
        case STAY -> {}
        case RESTORE -> restored++;
        case REMOVE -> {
          removed++;
          removedBytes += one.ref().length();
        }
      }
      if (fate != Fate.STAY) {
        inTrash--;
        inTrashBytes -= one.ref().length();
      }
    }

    private void settle(Trashed one) {
      Fate fate = fate(one);
      switch (fate) {
        case STAY -> {}
        case RESTORE -> {
          write("restore", one.ref(), "a version uses it");
          chunks.restore(one.ref());
        }
        case REMOVE -> {
          write("remove", one.ref(), isUrgent ? "trashed; space is low" : "trashed long enough");
          chunks.remove(one.ref());
        }
      }
      count(one, fate);
    }

    private void sweep(int octet) throws InterruptedException {
      for (ChunkRef ref : chunks.chunksOf(octet)) {
        seenChunks++;
        // First without the lock: almost all chunks are used.
        if (CleanupPlanner.goesToTrash(facts(ref))) {
          if (isPlan) {
            count(ref);
          } else if (!chunks.claims().isDoneAlone(() -> trash(ref))) {
            log.debug("Chunk {} stays for now: the store is busy", ref.hash().toHex());
          }
        }
      }
    }

    private void trash(ChunkRef ref) {
      if (CleanupPlanner.goesToTrash(facts(ref))) {
        write("trash", ref, "no version uses it");
        if (chunks.moveToTrash(ref, clock.millis())) {
          count(ref);
          inTrash++;
          inTrashBytes += ref.length();
        }
      }
    }

    private void count(ChunkRef ref) {
      trashed++;
      trashedBytes += ref.length();
    }

    private Facts facts(ChunkRef ref) {
      return new Facts(
          marked.mayContain(ref.hash()),
          records.isChunkUsed(ref.hash()),
          chunks.claims().isRecent(ref.hash()));
    }

    private void write(String action, ChunkRef ref, String reason) {
      steps.before(action);
      deletions.write(action, ref.hash().toHex(), ref.length(), reason);
    }

    private void rewriteSegments() throws IOException, InterruptedException {
      long room = store.space().freeBytes() - store.space().minFreeBytes();
      List<CleanupPlanner.Segment> closed = chunks.closedSegments();
      for (CleanupPlanner.Segment segment : CleanupPlanner.toRewrite(closed, room, isUrgent)) {
        if (!goesOn.getAsBoolean()) {
          return;
        }
        long dead = segment.sizeBytes() - segment.liveBytes();
        if (!isPlan) {
          steps.before("rewrite");
          deletions.write(
              "rewrite", "segment-" + segment.number(), segment.sizeBytes(), dead + " are dead");
          if (!chunks.rewrite(segment.number(), steps)) {
            continue;
          }
          pause(2 * segment.liveBytes());
        }
        rewritten++;
        reclaimedBytes += dead;
      }
    }

    private void pause(long bytes) throws InterruptedException {
      if (!isUrgent) {
        Thread.sleep(
            Duration.ofMillis(
                (long)
                    (bytes
                        * (double) Duration.ofSeconds(1).toMillis()
                        / settings.bytesPerSecond())));
      }
    }

    private CollectorReport report() {
      if (!isPlan) {
        meter.count("chunks.trashed", trashed);
        meter.count("chunks.removed", removed);
        meter.count("chunks.restored", restored);
        meter.count("chunks.reclaimed.bytes", removedBytes + reclaimedBytes);
      }
      return new CollectorReport(
          isPlan,
          refusal,
          isUrgent,
          usedChunks,
          seenChunks,
          trashed,
          trashedBytes,
          removed,
          removedBytes,
          restored,
          inTrash,
          inTrashBytes,
          rewritten,
          reclaimedBytes);
    }
  }
}
