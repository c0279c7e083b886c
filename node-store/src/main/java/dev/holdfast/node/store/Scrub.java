// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads everything that a store keeps, again and again, so that rot is found while other copies are
 * still right. One pass has 256 parts, by the first octet of chunk hashes and of row keys; where it
 * stands is persisted, so restarts do not begin anew. For one thread.
 *
 * <p>What it reads is given up by the store when it is damaged, which also reports it. Confirmed
 * versions whose chunks are gone are queued to be fetched, and so are parents that are gone.
 */
public final class Scrub {
  private static final byte[] POSITION = "scrub".getBytes(StandardCharsets.UTF_8);
  private static final int PARTS = 256;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** Shorter waits are added up. */
  private static final Duration WAIT_MIN = Duration.ofMillis(10);

  private static final int ROWS_PAGE = 128;

  private final NodeStore records;
  private final ChunkStore chunks;
  private final String self;
  private final Pace pace;
  private final InstantSource clock;
  private final Meter meter;
  private @Nullable Position at;
  private long readBytes;
  private Duration owed = Duration.ZERO;

  /**
   * @param bytesPerSecond read at most
   * @param every a pass begins so long after the begin of the one before, or when that has ended
   */
  public record Pace(long bytesPerSecond, Duration every) {
    /** A terabyte takes a day and a half. */
    public static final Pace DEFAULT = new Pace(8L << 20, Duration.ofDays(1));

    public Pace {
      if (bytesPerSecond < 1 << 10 || every.isNegative()) {
        throw new IllegalArgumentException(bytesPerSecond + " bytes per second, every " + every);
      }
    }

    Duration of(long bytes) {
      return Duration.ofNanos(bytes * NANOS_PER_SECOND / bytesPerSecond);
    }
  }

  /** Waits; false when the scrub shall end. */
  @FunctionalInterface
  public interface Pause {
    boolean until(Duration duration) throws InterruptedException;
  }

  Scrub(LocalStore store, String self, Pace pace, InstantSource clock, Meter meter) {
    this.records = store.records();
    this.chunks = store.chunks();
    this.self = self;
    this.pace = pace;
    this.clock = clock;
    this.meter = meter;
  }

  /**
   * @param part the next one to read, {@link #PARTS} when the pass is done
   */
  private record Position(int part, long begunAtMillis) {}

  /** Runs until the pause says no. */
  public void run(Pause pause) throws InterruptedException {
    while (true) {
      Position position = at == null ? position() : at;
      if (position.part >= PARTS) {
        long age = Math.max(0, clock.millis() - position.begunAtMillis);
        Duration left = pace.every().minusMillis(age);
        if (!left.isNegative() && !pause.until(left)) {
          return;
        }
        position = new Position(0, clock.millis());
      }
      long before = readBytes;
      if (!part(position.part, pause)) {
        return;
      }
      Position next = new Position(position.part + 1, position.begunAtMillis);
      at = next;
      if (readBytes > before || next.part == PARTS) {
        save(next);
      }
    }
  }

  private boolean part(int octet, Pause pause) throws InterruptedException {
    for (ChunkRef ref : chunks.chunksOf(octet)) {
      var _ = chunks.read(ref);
      if (!read(ref.length(), pause)) {
        return false;
      }
    }
    byte[] after = {(byte) octet};
    while (after.length > 0) {
      Page page = rows(octet, after);
      if (!page.intents.isEmpty()) {
        records.enqueue(page.intents);
      }
      if (!read(page.bytes, pause)) {
        return false;
      }
      after = page.next;
    }
    return true;
  }

  private boolean read(long bytes, Pause pause) throws InterruptedException {
    readBytes += bytes;
    meter.count("scrub.bytes", bytes);
    owed = owed.plus(pace.of(bytes));
    if (owed.compareTo(WAIT_MIN) < 0) {
      return true;
    }
    Duration wait = owed;
    owed = Duration.ZERO;
    return pause.until(wait);
  }

  /**
   * @param next where the next page begins, empty at the end
   */
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  private record Page(List<Intent> intents, long bytes, byte[] next) {}

  private Page rows(int octet, byte[] from) {
    List<VersionRecord> kept = new ArrayList<>();
    List<byte[]> places = new ArrayList<>();
    long[] bytes = {0};
    records.forEachVersion(
        from,
        (place, version, rowBytes) -> {
          if ((place[0] & 0xff) != octet || places.size() >= ROWS_PAGE) {
            return false;
          }
          places.add(place);
          bytes[0] += rowBytes;
          if (version.state() != VersionState.STAGED) {
            kept.add(version);
          }
          return true;
        });
    List<Intent> intents = new ArrayList<>();
    for (VersionRecord version : kept) {
      boolean isAgreed = version.state() == VersionState.CONFIRMED;
      if (!version.chunks().stream().allMatch(chunks::contains)) {
        intents.add(new Intent(self, version.key(), version.id(), isAgreed));
      }
      for (VersionId parent : isAgreed ? version.parents() : List.<VersionId>of()) {
        if (!records.isConfirmed(version.key(), parent)) {
          intents.add(Intent.agreed(self, version.key(), parent));
        }
      }
    }
    byte[] next =
        places.size() < ROWS_PAGE ? new byte[0] : Lmdb.concat(places.getLast(), new byte[] {0});
    return new Page(intents, bytes[0], next);
  }

  private Position position() {
    byte[] row = records.read(rows -> rows.get(Table.META, POSITION));
    byte[] bytes = row == null ? null : Sealed.open(POSITION, row);
    if (bytes == null || bytes.length != Integer.BYTES + Long.BYTES) {
      // A new store: what is written now is looked at when it has had time to rot.
      Position begin = new Position(PARTS, clock.millis());
      save(begin);
      return begin;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return new Position(in.getInt(), in.getLong());
  }

  private void save(Position position) {
    byte[] bytes =
        ByteBuffer.allocate(Integer.BYTES + Long.BYTES)
            .putInt(position.part)
            .putLong(position.begunAtMillis)
            .array();
    records
        .submitUnflushed(change -> {
          change.put(Table.META, POSITION, Sealed.seal(POSITION, bytes));
          return true;
        })
        .join();
  }
}
