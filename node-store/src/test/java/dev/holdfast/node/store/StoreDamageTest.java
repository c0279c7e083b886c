// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Content;
import dev.holdfast.core.version.Dot;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.core.version.VersionVector;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class StoreDamageTest {
  private static final StoreSettings SMALL = new StoreSettings(1 << 20, 0, 0, 1 << 20);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String TYPE = "text/quite-unusual";

  @TempDir Path folder;
  private final Map<String, Long> counted = new ConcurrentHashMap<>();

  @Test
  void aRottenRecordCountsAsAbsentAndIsQueued() throws IOException {
    ObjectKey key = new ObjectKey("key");
    VersionRecord version = version(key, Content.NONE);
    try (LocalStore store = open()) {
      store.records().confirm(key, version.id(), version, 3, List.of());
    }
    flip(folder.resolve("records/data.mdb"), TYPE);

    try (LocalStore store = open()) {
      AtomicInteger rows = new AtomicInteger();
      store.onDamage(listener(new ArrayList<>(), rows));
      assertThat(store.records().version(key, version.id())).isEmpty();
      assertThat(store.records().head(key)).isEmpty();
      assertThat(store.records().heads(new byte[0], new byte[0], 10)).isEmpty();
      assertThat(store.records().versions(key, 10)).isEmpty();

      Await.until(SOON, "it is queued", () -> store.records().queueSize() == 1);
      assertThat(rows).hasPositiveValue();
      assertThat(counted.get("rows.corrupt")).isPositive();
      assertThat(store.records().queued(0, 9).getFirst().intent())
          .isEqualTo(Intent.asFound("n1", key, version.id()));

      store.records().confirm(key, version.id(), version, 3, List.of());
      assertThat(store.records().version(key, version.id())).isPresent();
      assertThat(store.records().head(key)).isPresent();
    }
  }

  @Test
  void aRottenStagedRecordIsNeverQueued() throws IOException {
    VersionRecord version = version(new ObjectKey("key"), Content.NONE);
    try (LocalStore store = open()) {
      store.records().stage(version);
    }
    flip(folder.resolve("records/data.mdb"), TYPE);

    try (LocalStore store = open()) {
      assertThat(store.records().version(version.key(), version.id())).isEmpty();

      Await.until(SOON, "it is gone", () -> store.records().stagedCount() == 0);
      assertThat(store.records().queueSize()).as("R21").isZero();
    }
  }

  @Test
  void damageInASegmentCostsTheChunkThatItHit() throws IOException {
    List<Chunk> chunks = new ArrayList<>();
    Path other = folder.resolve("other");
    try (LocalStore store = open(other)) {
      for (int i = 0; i < 9; i++) {
        chunks.add(Chunk.of(bytes(3_000, i)));
        store.chunks().put(List.of(chunks.get(i)));
      }
    }
    // As after a crash before anything was indexed, and with a bit that rotted.
    open().close();
    Path segment = folder.resolve("chunks/segments/00000001.seg");
    byte[] bytes = Files.readAllBytes(other.resolve("chunks/segments/00000001.seg"));
    bytes[4 * 3_040 + 100] ^= 1;
    Files.write(segment, bytes);

    for (int start = 0; start < 2; start++) {
      try (LocalStore store = open()) {
        for (int i = 0; i < 9; i++) {
          assertThat(store.chunks().read(chunks.get(i).ref()).isPresent())
              .as("chunk %s at start %s", i, start)
              .isEqualTo(i != 4);
        }
      }
    }
    assertThat(segment).hasSize(bytes.length);
  }

  @Test
  void aWrongReferenceTakesNoRightChunkAway() {
    Chunk large = Chunk.of(bytes(100_000, 1));
    Chunk small = Chunk.of(bytes(5_000, 2));
    try (LocalStore store = open()) {
      store.chunks().put(List.of(large, small));
      for (Chunk chunk : List.of(large, small)) {
        ChunkRef wrong =
            new ChunkRef(ChunkRef.SHA_256, chunk.ref().hash(), chunk.ref().length() + 1);

        assertThat(store.chunks().read(wrong)).isEmpty();
        assertThat(store.chunks().read(chunk.ref())).hasValue(chunk.bytes());
      }
    }
  }

  @Test
  void theScrubFindsWhatNobodyReads() throws Exception {
    Chunk large = Chunk.of(bytes(100_000, 1));
    Chunk small = Chunk.of(bytes(5_000, 2));
    ObjectKey key = new ObjectKey("key");
    VersionRecord version = version(key, new Content.Chunked(List.of(large.ref(), small.ref())));
    try (LocalStore store = open()) {
      store.chunks().put(List.of(large, small));
      store.records().confirm(key, version.id(), version, 1, List.of());
    }
    String name = large.ref().hash().toHex();
    Path file = folder.resolve("chunks/files").resolve(name.substring(0, 2)).resolve(name);
    Files.write(file, new byte[100_000]);

    try (LocalStore store = open()) {
      List<ChunkRef> damaged = new CopyOnWriteArrayList<>();
      store.onDamage(listener(damaged, new AtomicInteger()));
      Pass pass = new Pass();
      store.scrub(Scrub.Pace.DEFAULT, pass).run(pass);

      assertThat(damaged).containsExactly(large.ref());
      assertThat(store.chunks().contains(large.ref())).isFalse();
      assertThat(store.chunks().contains(small.ref())).isTrue();
      assertThat(pass.waited).as("at its pace").isGreaterThan(Duration.ofMillis(11));
      // The order of hashes decides whether this pass or the next one meets the record.
      Pass next = new Pass();
      store.scrub(Scrub.Pace.DEFAULT, next).run(next);
      assertThat(store.records().queued(0, 9))
          .extracting(Intent.Queued::intent)
          .containsExactly(Intent.agreed("n1", key, version.id()));
    }
  }

  /** Lets one pass run through, a day later. */
  private static final class Pass implements Scrub.Pause, InstantSource {
    private boolean begun;
    private Duration waited = Duration.ZERO;
    private Instant now = Instant.EPOCH;

    @Override
    public boolean until(Duration duration) {
      if (duration.compareTo(Duration.ofHours(1)) < 0) {
        waited = waited.plus(duration);
        return true;
      }
      boolean first = !begun;
      begun = true;
      now = now.plus(duration);
      return first;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  private static DamageListener listener(List<ChunkRef> chunks, AtomicInteger rows) {
    return new DamageListener() {
      @Override
      public void chunk(ChunkRef ref) {
        chunks.add(ref);
      }

      @Override
      public void row() {
        rows.incrementAndGet();
      }
    };
  }

  private LocalStore open() {
    return open(folder);
  }

  private LocalStore open(Path where) {
    Meter meter =
        new Meter() {
          @Override
          public void count(String name, long amount) {
            counted.merge(name, amount, Long::sum);
          }

          @Override
          public void record(String name, double value) {}
        };
    return LocalStore.open(
        where,
        new StoreIdentity("n1", "i1"),
        SMALL,
        meter,
        System::nanoTime,
        failure -> {
          throw failure;
        });
  }

  private static VersionRecord version(ObjectKey key, Content content) {
    return new VersionRecord(
        key,
        new TreeSet<>(),
        new TreeSet<>(List.of(new Dot("n1", "i1", 1))),
        VersionVector.EMPTY,
        content,
        Sha256.of(new byte[0]),
        TYPE,
        new TreeMap<>(),
        false,
        "",
        0,
        0,
        VersionState.STAGED);
  }

  private static void flip(Path file, String pattern) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int flipped = 0;
    for (int at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
      bytes[at] ^= 1;
      flipped++;
    }
    assertThat(flipped).isPositive();
    Files.write(file, bytes);
  }

  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
