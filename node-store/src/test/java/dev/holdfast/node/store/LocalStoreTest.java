// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.version.Content;
import dev.holdfast.core.version.Dot;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.core.version.VersionState;
import dev.holdfast.core.version.VersionVector;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class LocalStoreTest {
  private static final StoreIdentity N1 = new StoreIdentity("n1", "i1");
  private static final StoreSettings SMALL = new StoreSettings(1 << 20, 0, 1 << 20, 1 << 20);

  @TempDir Path folder;

  @Test
  void listsRandomKeysInByteOrderFromAnyPlace() {
    Random random = new Random(42);
    TreeSet<Bytes> expected = new TreeSet<>();
    try (LocalStore store = open()) {
      for (int i = 0; i < 400; i++) {
        ObjectKey key = new ObjectKey(randomKey(random));
        expected.add(Bytes.wrap(key.utf8()));
        confirm(store, key, i + 1);
      }

      assertThat(keys(store.records().heads(new byte[0], new byte[0], 10_000)))
          .as("seed 42")
          .containsExactlyElementsOf(expected);
      for (int i = 0; i < 200; i++) {
        Bytes from = Bytes.wrap(randomKey(random).getBytes(StandardCharsets.UTF_8));
        assertThat(keys(store.records().heads(new byte[0], from.toArray(), 5)))
            .as("seed 42, from %s", from.toUtf8())
            .containsExactlyElementsOf(expected.tailSet(from).stream().limit(5).toList());
      }
    }
  }

  @Test
  void listsAThousandKeysThatShareSixHundredBytes() {
    String shared = "s".repeat(600);
    try (LocalStore store = open()) {
      List<CompletableFuture<Void>> writes = new ArrayList<>();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 999; i >= 0; i--) {
          ObjectKey key = new ObjectKey(shared + "%04d".formatted(i));
          int revision = i + 1;
          writes.add(CompletableFuture.runAsync(() -> confirm(store, key, revision), threads));
        }
        writes.forEach(CompletableFuture::join);
      }

      List<HeadRow> rows = store.records().heads(utf8(shared), new byte[0], 2_000);

      assertThat(rows).hasSize(1_000);
      assertThat(rows.get(17).key().value()).isEqualTo(shared + "0017");
      assertThat(store.records().heads(utf8(shared), utf8(shared + "0998"), 10)).hasSize(2);
      assertThat(store.records().flushes()).as("flushes are shared").isLessThan(2_000);
    }
  }

  @Test
  void keepsWhatItAcknowledgedOverARestart() {
    byte[] large = bytes(100_000, 1);
    byte[] small = bytes(5_000, 2);
    Dot last;
    try (LocalStore store = open()) {
      store.chunks().put(List.of(Chunk.of(large), Chunk.of(small), Chunk.of(small)));
      confirm(store, new ObjectKey("k"), 7);
      last = store.records().nextDot();
    }

    try (LocalStore store = open()) {
      assertThat(store.chunks().read(Chunk.of(large).ref())).hasValue(large);
      assertThat(store.chunks().read(Chunk.of(small).ref())).hasValue(small);
      assertThat(store.records().head(new ObjectKey("k")).orElseThrow().revision()).isEqualTo(7);
      assertThat(store.records().nextDot().counter()).isGreaterThan(last.counter());
    }
  }

  @Test
  void cutsOffATornTailAndKeepsWhatIsBeforeIt() throws IOException {
    List<Chunk> chunks = new ArrayList<>();
    try (LocalStore store = open()) {
      for (int i = 0; i < 20; i++) {
        Chunk chunk = Chunk.of(bytes(3_000 + i, i));
        chunks.add(chunk);
        store.chunks().put(List.of(chunk));
      }
    }
    Path segment = folder.resolve("chunks/segments/00000001.seg");
    byte[] whole = Files.readAllBytes(segment);
    for (int torn : List.of(1, 7, 41, 1_000)) {
      Files.write(segment, java.util.Arrays.copyOf(whole, torn), StandardOpenOption.APPEND);

      try (LocalStore store = open()) {
        chunks.forEach(
            chunk -> assertThat(store.chunks().read(chunk.ref())).hasValue(chunk.bytes()));
        assertThat(Files.size(segment)).isEqualTo(whole.length);
        Chunk next = Chunk.of(bytes(2_500, 1_000 + torn));
        store.chunks().put(List.of(next));
        chunks.add(next);
      }
      whole = Files.readAllBytes(segment);
    }
  }

  @Test
  void findsChunksWhoseIndexWasNotWrittenYet() throws IOException {
    Chunk first = Chunk.of(bytes(3_000, 1));
    Chunk second = Chunk.of(bytes(3_000, 2));
    Path other = folder.resolve("other");
    try (LocalStore store = open()) {
      store.chunks().put(List.of(first));
    }
    try (LocalStore store =
        LocalStore.open(other, N1, SMALL, Meter.NONE, System::nanoTime, LocalStoreTest::rethrow)) {
      store.chunks().put(List.of(second));
    }
    // As after a crash between the fsync of the segment and the commit of its index.
    Files.write(
        folder.resolve("chunks/segments/00000001.seg"),
        Files.readAllBytes(other.resolve("chunks/segments/00000001.seg")),
        StandardOpenOption.APPEND);

    try (LocalStore store = open()) {
      assertThat(store.chunks().read(second.ref())).hasValue(second.bytes());
    }
  }

  @Test
  void removesLeftTempFilesAndMovesADamagedChunkAside() throws IOException {
    Chunk chunk = Chunk.of(bytes(70_000, 1));
    String name = chunk.ref().hash().toHex();
    try (LocalStore store = open()) {
      store.chunks().put(List.of(chunk));
    }
    Path temp = folder.resolve("chunks/files/tmp/left.1");
    Files.write(temp, new byte[10]);
    Files.write(
        folder.resolve("chunks/files").resolve(name.substring(0, 2)).resolve(name),
        new byte[70_000]);

    try (LocalStore store = open()) {
      assertThat(temp).doesNotExist();
      assertThat(store.chunks().contains(chunk.ref())).isTrue();
      assertThat(store.chunks().read(chunk.ref())).isEmpty();
      assertThat(store.chunks().contains(chunk.ref())).isFalse();
      assertThat(folder.resolve("chunks/quarantine")).isNotEmptyDirectory();
      store.chunks().put(List.of(chunk));
      assertThat(store.chunks().read(chunk.ref())).hasValue(chunk.bytes());
    }
  }

  @Test
  void refusesAForeignAnUnmarkedAndALostFolder() throws IOException {
    open().close();

    assertThatThrownBy(() ->
            LocalStore.open(
                folder,
                new StoreIdentity("n1", "i2"),
                SMALL,
                Meter.NONE,
                System::nanoTime,
                LocalStoreTest::rethrow))
        .isInstanceOf(StoreFailedException.class)
        .hasMessageContaining("another node or life");

    Path chunks = folder.resolve("chunks");
    Files.move(chunks, folder.resolve("unmounted"));
    assertThatThrownBy(this::open)
        .isInstanceOf(StoreFailedException.class)
        .hasMessageContaining("mounted");
    Files.createDirectory(chunks);
    assertThatThrownBy(this::open).isInstanceOf(StoreFailedException.class);
  }

  /** A node is stopped in order while others send it copies. */
  @Test
  void writesThatMeetTheCloseFailAndEndNoProcess() throws InterruptedException {
    List<StoreFailedException> fatal = new CopyOnWriteArrayList<>();
    for (int round = 0; round < 20; round++) {
      LocalStore store =
          LocalStore.open(
              folder.resolve("" + round), N1, SMALL, Meter.NONE, System::nanoTime, fatal::add);
      CountDownLatch busy = new CountDownLatch(40);
      List<Thread> writers = new ArrayList<>();
      for (int writer = 0; writer < 4; writer++) {
        int seed = writer * 1_000_000;
        writers.add(Thread.ofPlatform().start(() -> writeUntilItFails(store, seed, busy)));
      }
      busy.await();

      store.close();

      for (Thread writer : writers) {
        writer.join();
      }
      assertThat(fatal).as("round %s", round).isEmpty();
    }
  }

  private static void writeUntilItFails(LocalStore store, int seed, CountDownLatch busy) {
    for (int i = 0; ; i++) {
      try {
        store.chunks().put(List.of(Chunk.of(bytes(3_000, seed + i))));
        busy.countDown();
      } catch (RuntimeException e) {
        return; // It is closed; whoever sent the chunk hears that it is not stored.
      }
    }
  }

  @Test
  void takesOverWhatItsFormerIncarnationStored() throws IOException {
    ObjectKey key = new ObjectKey("k");
    try (LocalStore store = open()) {
      confirm(store, key, 1);
    }
    StoreIdentity reborn = new StoreIdentity("n1", "i2", List.of("i0", "i1"));
    for (int start = 0; start < 2; start++) {
      try (LocalStore store =
          LocalStore.open(
              folder, reborn, SMALL, Meter.NONE, System::nanoTime, LocalStoreTest::rethrow)) {
        assertThat(keys(store.records().heads(new byte[0], new byte[0], 10))).hasSize(1);
      }
    }

    // From now on it is of the new one.
    assertThatThrownBy(this::open)
        .isInstanceOf(StoreFailedException.class)
        .hasMessageContaining("another node or life");
  }

  @Test
  void refusesWritesOnAFullDiskButKeepsTombstones() {
    try (LocalStore store =
        LocalStore.open(
            folder,
            N1,
            new StoreSettings(1 << 20, Long.MAX_VALUE / 2, 0, 1 << 20),
            Meter.NONE,
            System::nanoTime,
            LocalStoreTest::rethrow)) {
      VersionRecord version = version(new ObjectKey("k"), false);

      assertThatThrownBy(() -> store.chunks().put(List.of(Chunk.of(bytes(3_000, 1)))))
          .isInstanceOf(DiskFullException.class);
      assertThatThrownBy(() -> store.records().stage(version))
          .isInstanceOf(DiskFullException.class);
      store.records().stage(version(new ObjectKey("k"), true));
      assertThat(store.records().staged(10)).hasSize(1);
    }
  }

  @Test
  void aStagedRecordIsInvisibleAndSweptOnlyWhenItWasNotStagedAgain() {
    try (LocalStore store = open()) {
      VersionRecord version = version(new ObjectKey("k"), false);
      store.records().stage(version);
      NodeStore.Staged seen = store.records().staged(10).getFirst();
      store.records().stage(version);

      assertThat(store.records().head(version.key())).isEmpty();
      assertThat(store.records().versions(version.key(), 10)).isEmpty();
      assertThat(store.records().sweep(List.of(seen))).isZero();
      assertThat(store.records().sweep(store.records().staged(10))).isEqualTo(1);
      assertThat(store.records().staged(10)).isEmpty();
    }
  }

  private LocalStore open() {
    return LocalStore.open(
        folder, N1, SMALL, Meter.NONE, System::nanoTime, LocalStoreTest::rethrow);
  }

  private static void rethrow(StoreFailedException failure) {
    throw failure;
  }

  private static void confirm(LocalStore store, ObjectKey key, long revision) {
    VersionRecord version = version(key, false);
    store.records().confirm(key, version.id(), version, revision, List.of());
  }

  private static VersionRecord version(ObjectKey key, boolean deleted) {
    return new VersionRecord(
        key,
        new TreeSet<>(),
        new TreeSet<>(List.of(new Dot("n1", "i1", 1))),
        VersionVector.EMPTY,
        Content.NONE,
        Sha256.of(new byte[0]),
        "",
        new TreeMap<>(),
        deleted,
        "",
        0,
        0,
        VersionState.STAGED);
  }

  private static List<Bytes> keys(List<HeadRow> rows) {
    return rows.stream().map(row -> Bytes.wrap(row.key().utf8())).toList();
  }

  /** Few letters and lengths around the edges of segments: many shared prefixes. */
  private static String randomKey(Random random) {
    int[] lengths = {1, 2, 3, 399, 400, 401, 402, 799, 800, 801, 802, 1_024};
    int length = lengths[random.nextInt(lengths.length)];
    StringBuilder key = new StringBuilder("x".repeat(length));
    for (int i = 0; i < 3; i++) {
      key.setCharAt(random.nextInt(length), (char) ('w' + random.nextInt(3)));
    }
    return key.toString();
  }

  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
