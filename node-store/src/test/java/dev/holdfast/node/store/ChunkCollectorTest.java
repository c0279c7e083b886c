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
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Garbage goes, and nothing else, whatever happens in between. */
@Timeout(120)
final class ChunkCollectorTest {
  private static final StoreIdentity N1 = new StoreIdentity("n1", "i1");
  private static final Duration GRACE = Duration.ofHours(1);
  private static final Duration TRASH_GRACE = Duration.ofHours(3);
  private static final CollectorSettings SETTINGS =
      new CollectorSettings(Duration.ofDays(1), GRACE, TRASH_GRACE, 1L << 40);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int FILE = 70_000;
  private static final int SMALL = 5_000;

  @TempDir Path folder;

  private final AtomicLong now = new AtomicLong();

  private LocalStore open(Path at) {
    return LocalStore.open(
        at,
        N1,
        new StoreSettings(1 << 20, 0, 0, 1 << 20),
        Meter.NONE,
        now::get,
        failure -> {
          throw failure;
        });
  }

  private ChunkCollector collector(LocalStore store, ChunkCollector.Steps steps) {
    return store.collector(
        SETTINGS, () -> Instant.ofEpochMilli(Duration.ofNanos(now.get()).toMillis()), steps);
  }

  private void passes(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private static CollectorReport run(ChunkCollector collector) {
    try {
      return collector.run(false, "", () -> true);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void takesWhatNoVersionNamesInTwoSteps() throws Exception {
    try (LocalStore store = open(folder)) {
      ChunkCollector collector = collector(store, ChunkCollector.Steps.NONE);
      Chunk file = put(store, FILE, 1);
      Chunk small = put(store, SMALL, 2);
      Chunk used = put(store, FILE, 3);
      Chunk usedSmall = put(store, SMALL, 4);
      stage(store, "k", used, usedSmall);

      passes(GRACE.minusMillis(1));
      assertThat(run(collector).refusal()).isNotEmpty();
      passes(GRACE.multipliedBy(2));
      assertThat(collector.run(true, "", () -> true).trashed()).as("a plan").isEqualTo(2);
      assertThat(store.chunks().contains(file.ref())).isTrue();

      CollectorReport first = run(collector);
      assertThat(first.trashed()).isEqualTo(2);
      assertThat(first.usedChunks()).isEqualTo(2);
      assertThat(first.inTrashBytes()).isEqualTo(FILE + SMALL);
      assertThat(store.chunks().contains(file.ref())).isFalse();
      assertThat(store.chunks().contains(small.ref())).isFalse();
      assertThat(run(collector).removed()).as("too early").isZero();
      passes(TRASH_GRACE);
      assertThat(run(collector).removed()).isEqualTo(2);

      assertThat(store.chunks().trash()).isEmpty();
      assertThat(store.chunks().isIntact(used.ref())).isTrue();
      assertThat(store.chunks().isIntact(usedSmall.ref())).isTrue();
      assertThat(Files.readAllLines(folder.resolve("deletions.log")))
          .hasSize(4)
          .anyMatch(line -> line.contains("trash " + file.ref().hash().toHex()))
          .anyMatch(line -> line.contains("remove " + small.ref().hash().toHex()));
    }
  }

  @Test
  void keepsWhatAnyStateOfAVersionNames() {
    try (LocalStore store = open(folder)) {
      ChunkCollector collector = collector(store, ChunkCollector.Steps.NONE);
      Chunk staged = put(store, FILE, 1);
      Chunk confirmed = put(store, SMALL, 2);
      Chunk swept = put(store, FILE, 3);
      stage(store, "staged", staged);
      VersionRecord version = stage(store, "confirmed", confirmed);
      store.records().confirm(version.key(), version.id(), null, 7, List.of());
      VersionRecord apart = stage(store, "swept", swept);
      store.records().unstage(apart.key(), apart.id(), apart.dots().first());
      passes(GRACE.multipliedBy(3));

      assertThat(run(collector).trashed()).isEqualTo(1);

      assertThat(store.chunks().isIntact(staged.ref())).isTrue();
      assertThat(store.chunks().isIntact(confirmed.ref())).isTrue();
      assertThat(store.chunks().contains(swept.ref())).isFalse();
    }
  }

  /** What an unfinished upload needs stays however long it takes, also over a restart. */
  @Test
  void keepsWhatAnUploadNeedsUntilItIsLetGo() {
    Bytes upload = Bytes.wrap(new byte[UploadRows.NAME_BYTES]);
    Chunk file;
    Chunk small;
    try (LocalStore store = open(folder)) {
      file = put(store, FILE, 1);
      small = put(store, SMALL, 2);
      List<ChunkRef> refs = List.of(file.ref(), small.ref());
      UploadRows uploads = store.records().uploads();

      assertThat(uploads.keep(upload, refs, FILE + SMALL - 1)).containsExactly(small.ref());
      assertThat(uploads.keep(upload, refs, FILE + SMALL)).isEmpty();
      assertThat(uploads.kept(upload)).isEqualTo(new UploadRows.Kept(2, FILE + SMALL));
    }
    try (LocalStore store = open(folder)) {
      ChunkCollector collector = collector(store, ChunkCollector.Steps.NONE);
      UploadRows uploads = store.records().uploads();
      Chunk garbage = put(store, FILE, 3);
      passes(GRACE.multipliedBy(3));

      assertThat(run(collector).trashed()).isEqualTo(1);
      assertThat(store.chunks().contains(garbage.ref())).isFalse();
      assertThat(store.chunks().isIntact(file.ref())).isTrue();
      assertThat(store.chunks().isIntact(small.ref())).isTrue();

      uploads.release(upload);
      passes(GRACE.multipliedBy(3));
      assertThat(uploads.list(Optional.empty(), 9)).isEmpty();
      assertThat(run(collector).trashed()).isEqualTo(2);
    }
  }

  /** "Chunk already here" is a promise: the write behind it may come much later. */
  @Test
  void whatWasToldToBeHereStaysAndComesBackFromTheTrash() {
    try (LocalStore store = open(folder)) {
      ChunkCollector collector = collector(store, ChunkCollector.Steps.NONE);
      List<Chunk> chunks = List.of(put(store, FILE, 1), put(store, SMALL, 2));
      List<ChunkRef> refs = chunks.stream().map(Chunk::ref).toList();
      passes(GRACE.multipliedBy(3));
      store.chunks().claim(refs);

      assertThat(run(collector).trashed()).as("just claimed").isZero();
      passes(GRACE.multipliedBy(3));
      assertThat(run(collector).trashed()).isEqualTo(2);
      store.chunks().claim(refs);

      assertThat(refs).allMatch(store.chunks()::isIntact);
      stage(store, "k", chunks.toArray(Chunk[]::new));
      passes(TRASH_GRACE.multipliedBy(2));
      assertThat(run(collector).removed()).isZero();
      assertThat(refs).allMatch(store.chunks()::isIntact);
    }
  }

  @Test
  void givesBackFromTheTrashWhatAVersionNamesAfterAll() {
    try (LocalStore store = open(folder)) {
      ChunkCollector collector = collector(store, ChunkCollector.Steps.NONE);
      Chunk file = put(store, FILE, 1);
      Chunk small = put(store, SMALL, 2);
      passes(GRACE.multipliedBy(3));
      run(collector);
      stage(store, "behind its back", file, small);
      passes(TRASH_GRACE);

      CollectorReport report = run(collector);

      assertThat(report.restored()).isEqualTo(2);
      assertThat(report.removed()).isZero();
      assertThat(store.chunks().isIntact(file.ref())).isTrue();
      assertThat(store.chunks().isIntact(small.ref())).isTrue();
    }
  }

  @Test
  void deletesNothingWhenARecordCannotBeRead() {
    try (LocalStore store = open(folder)) {
      ChunkCollector collector = collector(store, ChunkCollector.Steps.NONE);
      Chunk garbage = put(store, FILE, 1);
      VersionRecord version = stage(store, "k", put(store, FILE, 2));
      byte[] place = VersionRows.place(version.key(), version.id());
      store
          .records()
          .submit(change -> {
            change.put(Table.VERSIONS, place, Sealed.seal(new byte[] {1}, new byte[] {2}));
            return true;
          })
          .join();
      passes(GRACE.multipliedBy(3));

      CollectorReport report = run(collector);

      assertThat(report.refusal()).contains("could not be read");
      assertThat(store.chunks().contains(garbage.ref())).isTrue();
      // The damaged row is taken away behind the read that found it.
      CollectorReport[] next = {report};
      Await.until(
          SOON,
          "the row is gone",
          () -> {
            next[0] = run(collector);
            return next[0].refusal().isEmpty();
          });
      assertThat(next[0].trashed()).as("the index of uses still knows the other").isEqualTo(1);
    }
  }

  @Test
  void rewritesSegmentsThatAreMostlyDeadWhileOthersRead() throws Exception {
    try (LocalStore store = open(folder);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      ChunkCollector collector = collector(store, ChunkCollector.Steps.NONE);
      List<Chunk> used = new ArrayList<>();
      for (int i = 0; i < 900; i++) {
        Chunk chunk = put(store, SMALL, i);
        if (i % 5 == 0) {
          used.add(chunk);
          stage(store, "k" + i, chunk);
        }
      }
      long before = segmentBytes();
      passes(GRACE.multipliedBy(3));
      run(collector);
      passes(TRASH_GRACE);
      AtomicLong reads = new AtomicLong();
      AtomicLong unread = new AtomicLong();
      AtomicBoolean isOver = new AtomicBoolean();
      var reader =
          threads.<Boolean>submit(() -> {
            while (!isOver.get()) {
              for (Chunk chunk : used) {
                if (store.chunks().read(chunk.ref()).isEmpty()) {
                  unread.incrementAndGet();
                }
                reads.incrementAndGet();
              }
            }
            return true;
          });

      CollectorReport report = run(collector);
      isOver.set(true);
      reader.get();

      assertThat(report.removed()).isEqualTo(720);
      assertThat(report.rewritten()).isGreaterThanOrEqualTo(3);
      assertThat(reads.get()).isPositive();
      assertThat(unread.get()).as("of %s reads", reads).isZero();
      assertThat(used).allMatch(chunk -> store.chunks().isIntact(chunk.ref()));
      assertThat(segmentBytes()).isLessThan(before / 2);
    }
    try (LocalStore again = open(folder)) {
      for (int i = 0; i < 900; i += 5) {
        assertThat(again.chunks().isIntact(chunk(SMALL, i).ref())).as("%s", i).isTrue();
      }
    }
  }

  private long segmentBytes() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("chunks").resolve("segments"))) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  /**
   * What kill -9 leaves is the folder as it is at that moment: after each step of a random history
   * a copy of it must open and give every chunk that a version names, and the next passes on the
   * copy must end with those alone.
   */
  @Test
  void losesNothingWhenItIsKilledBetweenAnyTwoSteps() throws Exception {
    int copies = 0;
    TreeSet<String> steps = new TreeSet<>();
    for (int seed = 0; seed < 2; seed++) {
      now.set(0);
      History history = new History(seed);
      try (LocalStore store = open(folder.resolve("run" + seed))) {
        ChunkCollector collector =
            collector(store, step -> history.crash(step, folder.resolve("run" + history.seed)));
        for (int round = 0; round < 2; round++) {
          history.write(store);
          passes(GRACE.multipliedBy(3));
          run(collector);
          history.write(store);
          passes(TRASH_GRACE);
          run(collector);
          history.check(store, "round " + round);
        }
      }
      for (Crash crash : history.crashes) {
        copies++;
        steps.add(crash.step);
        recover(crash, "seed " + seed + ", before " + crash.step);
      }
    }
    assertThat(copies).isGreaterThan(20);
    assertThat(steps)
        .contains("trash", "remove", "restore", "rewrite", "append", "delete", "forget");
  }

  private void recover(Crash crash, String where) {
    try (LocalStore store = open(crash.copy)) {
      check(store, crash.used, where);
      ChunkCollector collector = collector(store, ChunkCollector.Steps.NONE);
      passes(GRACE.multipliedBy(3));
      run(collector);
      passes(TRASH_GRACE.plus(GRACE.multipliedBy(3)));
      run(collector);
      check(store, crash.used, where + ", and cleaned again");
      List<ChunkRef> left = new ArrayList<>();
      for (int octet = 0; octet < 256; octet++) {
        left.addAll(store.chunks().chunksOf(octet));
      }
      assertThat(left.size()).as(where).isBetween(crash.used.size(), crash.used.size() + 2);
    }
  }

  private static void check(LocalStore store, Map<ChunkRef, String> used, String where) {
    used.forEach((ref, key) ->
        assertThat(store.chunks().read(ref)).as("%s: a chunk of %s", where, key).isPresent());
  }

  private record Crash(String step, Path copy, Map<ChunkRef, String> used) {}

  /** Versions come and go; some chunks are shared, some written again after they were garbage. */
  private final class History {
    /** So that frequent steps leave room for those that come late. */
    private static final int CRASHES_OF_A_STEP = 3;

    private final int seed;
    private final Random random;
    private final Map<String, VersionRecord> versions = new TreeMap<>();
    private final Map<ChunkRef, String> used = new HashMap<>();
    private final List<Crash> crashes = new ArrayList<>();
    private int steps;

    History(int seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void write(LocalStore store) {
      for (int i = 0; i < 160; i++) {
        String key = "k" + random.nextInt(60);
        VersionRecord old = versions.remove(key);
        if (old != null && random.nextBoolean()) {
          store.records().unstage(old.key(), old.id(), old.dots().first());
        } else if (old != null) {
          versions.put(key, old);
        } else {
          Chunk[] chunks = new Chunk[1 + random.nextInt(3)];
          for (int j = 0; j < chunks.length; j++) {
            chunks[j] = chunk(random.nextInt(6) == 0 ? FILE : 20_000, random.nextInt(400));
          }
          store.chunks().put(List.of(chunks));
          if (random.nextInt(4) > 0) {
            versions.put(key, stage(store, key, chunks));
          }
        }
      }
      used.clear();
      versions.forEach((key, version) -> version.chunks().forEach(ref -> used.put(ref, key)));
    }

    void check(LocalStore store, String where) {
      ChunkCollectorTest.check(store, used, "seed " + seed + ", " + where);
    }

    void crash(String step, Path run) {
      boolean isRare = !step.equals("trash") && !step.equals("remove");
      long before = crashes.stream().filter(crash -> crash.step.equals(step)).count();
      if (before < CRASHES_OF_A_STEP && (isRare || steps++ % 60 == 0)) {
        Path copy = folder.resolve("crash-" + seed + "-" + crashes.size());
        copyAtRest(run, copy);
        crashes.add(new Crash(step, copy, Map.copyOf(used)));
      }
    }
  }

  /** A file that is written while it is copied is not what a kill leaves: then once more. */
  private static void copyAtRest(Path from, Path to) {
    String before;
    do {
      before = times(from);
      copy(from, to);
    } while (!before.equals(times(from)));
  }

  private static String times(Path folder) {
    try (Stream<Path> files = Files.walk(folder.resolve("records"))) {
      StringBuilder times = new StringBuilder();
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        times.append(file).append(Files.getLastModifiedTime(file)).append('\n');
      }
      return times.toString();
    } catch (IOException e) {
      return "a file went away " + System.nanoTime(); // No copy equals it.
    }
  }

  private static void copy(Path from, Path to) {
    try {
      Files.walkFileTree(
          from,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes)
                throws IOException {
              Files.createDirectories(to.resolve(from.relativize(dir)));
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Path copy = to.resolve(from.relativize(file));
              Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
              Files.setLastModifiedTime(copy, attributes.lastModifiedTime());
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writers that reuse chunks, as fast as they can, against passes without any grace. */
  @Test
  void aWriteThatReusesAChunkNeverLosesItToASweep() throws Exception {
    CollectorSettings hasty =
        new CollectorSettings(Duration.ofDays(1), Duration.ofNanos(1), Duration.ZERO, 1L << 40);
    try (LocalStore store =
            LocalStore.open(
                folder,
                N1,
                new StoreSettings(1 << 20, 0, 0, 1 << 20),
                Meter.NONE,
                System::nanoTime,
                failure -> {
                  throw failure;
                });
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      ChunkCollector collector = store.collector(hasty, Instant::now);
      List<Future<?>> writers = new ArrayList<>();
      AtomicLong recorded = new AtomicLong();
      AtomicLong refused = new AtomicLong();
      for (int w = 0; w < 4; w++) {
        int writer = w;
        writers.add(threads.submit(() -> write(store, writer, recorded, refused)));
      }
      long removed = 0;
      while (writers.stream().anyMatch(writer -> !writer.isDone())) {
        removed += run(collector).removed();
      }
      for (var writer : writers) {
        writer.get();
      }

      assertThat(removed).as("what the passes took").isPositive();
      assertThat(recorded.get()).isPositive();
      boolean isWhole =
          store
              .records()
              .isEachVersionRead(version -> {
                assertThat(version.chunks())
                    .as(version.key().value())
                    .allMatch(store.chunks()::isIntact);
                return true;
              });
      assertThat(isWhole).isTrue();
    }
  }

  /** As a replica does it: offer, send what is missing, look once more and record. */
  private static void write(LocalStore store, int writer, AtomicLong recorded, AtomicLong refused) {
    Random random = new Random(writer);
    List<VersionRecord> kept = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      Chunk chunk = chunk(random.nextInt(5) == 0 ? FILE : SMALL, random.nextInt(12));
      store.chunks().claim(List.of(chunk.ref()));
      if (!store.chunks().contains(chunk.ref())) {
        store.chunks().put(List.of(chunk));
      }
      VersionRecord version = version(store, "w" + writer + "/" + i % 7, i, chunk);
      try (ChunkStore.Use _ = store.chunks().use()) {
        store.chunks().claim(version.chunks());
        if (version.chunks().stream().allMatch(store.chunks()::contains)) {
          store.records().stage(version);
          recorded.incrementAndGet();
        } else {
          refused.incrementAndGet();
          continue;
        }
      }
      kept.add(version);
      // At any moment, not only when a later pass has brought it back.
      for (int j = 0; j < 20; j++) {
        VersionRecord one = kept.get(random.nextInt(kept.size()));
        assertThat(one.chunks()).as(one.key().value()).allMatch(store.chunks()::contains);
      }
      if (random.nextInt(3) > 0) {
        kept.remove(version);
        store.records().unstage(version.key(), version.id(), version.dots().first());
      }
    }
  }

  /** A chunk whose place is still on its way into the index stays in a pass: then it is there. */
  private static Chunk put(LocalStore store, int length, int seed) {
    Chunk chunk = chunk(length, seed);
    store.chunks().put(List.of(chunk));
    store.records().submit(_ -> true).join();
    return chunk;
  }

  private static Chunk chunk(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed * 31L + length).nextBytes(bytes);
    return Chunk.of(bytes);
  }

  private static VersionRecord stage(LocalStore store, String key, Chunk... chunks) {
    VersionRecord version = version(store, key, 0, chunks);
    store.records().stage(version);
    return version;
  }

  private static VersionRecord version(LocalStore store, String key, int salt, Chunk... chunks) {
    Dot dot = store.records().nextDot();
    List<ChunkRef> refs = Stream.of(chunks).map(Chunk::ref).toList();
    return new VersionRecord(
        new ObjectKey(key),
        new TreeSet<>(),
        new TreeSet<>(List.of(dot)),
        VersionVector.EMPTY,
        new Content.Chunked(refs),
        Sha256.of((key + salt + refs).getBytes(StandardCharsets.UTF_8)),
        "",
        new TreeMap<>(),
        false,
        "",
        1,
        0,
        VersionState.STAGED);
  }
}
