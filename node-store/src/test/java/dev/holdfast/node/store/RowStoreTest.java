// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The layers over LMDB against one sorted map. */
@Timeout(60)
final class RowStoreTest {
  private static final long JOURNAL_BYTES = 8_192;
  private static final Table TABLE = Table.QUEUE;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void isOneSortedMapThroughCheckpointsRestartsAndCrashes(long seed) throws IOException {
    Random random = new Random(seed);
    TreeMap<String, String> expected = new TreeMap<>();
    Path at = folder.resolve("0");
    RowStore store = open(at);
    for (int step = 1; step <= 600; step++) {
      switch (random.nextInt(12)) {
        case 0 -> store.checkpoint();
        case 1 -> {
          boolean crash = random.nextBoolean();
          Path next = crash ? folder.resolve("" + step) : at;
          if (crash) {
            copy(at, next);
          }
          store.close();
          at = next;
          store = open(at);
        }
        case 2 -> {
          String from = key(random);
          int limit = 1 + random.nextInt(20);
          assertThat(scan(store, from, limit))
              .as("seed %s, step %s, from %s", seed, step, from)
              .isEqualTo(
                  expected.tailMap(from).entrySet().stream()
                      .limit(limit)
                      .map(Map.Entry::toString)
                      .toList());
        }
        default -> change(store, random, expected);
      }
      assertThat(store.<Long>read(rows -> rows.size(TABLE)))
          .as("seed %s, step %s", seed, step)
          .isEqualTo(expected.size());
    }
    assertThat(scan(store, "", Integer.MAX_VALUE))
        .as("seed %s", seed)
        .isEqualTo(expected.entrySet().stream().map(Map.Entry::toString).toList());
    store.close();
  }

  /** Some changes in a batch; one of them may fail, and then leaves nothing. */
  private static void change(RowStore store, Random random, Map<String, String> expected)
      throws IOException {
    int changes = 1 + random.nextInt(4);
    RowStore.Batch batch =
        store.collect(made -> {
          for (int i = 0; i < changes; i++) {
            TreeMap<String, String> next = new TreeMap<>(expected);
            try {
              made.apply(change -> {
                for (int j = 0; j < 3; j++) {
                  String key = key(random);
                  if (random.nextInt(3) == 0) {
                    assertThat(change.delete(TABLE, bytes(key))).isEqualTo(next.containsKey(key));
                    next.remove(key);
                  } else {
                    String value = "v" + random.nextInt(1_000);
                    change.put(TABLE, bytes(key), bytes(value));
                    next.put(key, value);
                  }
                  assertThat(change.size(TABLE)).isEqualTo(next.size());
                }
                if (random.nextInt(5) == 0) {
                  throw new IllegalStateException("A change that fails");
                }
                return true;
              });
              expected.clear();
              expected.putAll(next);
            } catch (IllegalStateException e) {
              // Its rows are dropped.
            }
          }
        });
    store.write(batch, random.nextBoolean());
  }

  /** Two rows that are written together are read together, whatever a checkpoint does. */
  @Test
  void aReadIsOfOneMomentWhileCheckpointsPass() throws IOException {
    try (RowStore store = open(folder.resolve("s"))) {
      put(store, 0);
      AtomicBoolean ends = new AtomicBoolean();
      AtomicLong reads = new AtomicLong();
      List<CompletableFuture<Void>> readers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        readers.add(
            CompletableFuture.runAsync(() -> {
              while (!ends.get()) {
                List<String> both = scan(store, "", 10);
                assertThat(both.get(0).substring(2)).isEqualTo(both.get(1).substring(2));
                reads.incrementAndGet();
              }
            }));
      }
      CompletableFuture<Void> checkpoints =
          CompletableFuture.runAsync(() -> {
            try {
              while (!ends.get()) {
                store.checkpoint();
              }
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
      for (int i = 1; i <= 500 || reads.get() < 500; i++) {
        put(store, i);
      }
      ends.set(true);
      readers.forEach(CompletableFuture::join);
      checkpoints.join();
    }
  }

  private static void put(RowStore store, int value) throws IOException {
    store.write(
        store.collect(made ->
            made.apply(change -> {
              change.put(TABLE, bytes("a"), bytes("" + value));
              change.put(TABLE, bytes("b"), bytes("" + value));
              return true;
            })),
        false);
  }

  private static List<String> scan(RowStore store, String from, int limit) {
    return store.read(rows -> {
      List<String> found = new ArrayList<>();
      rows.forEach(
          TABLE,
          bytes(from),
          (key, value) -> {
            found.add(text(key) + "=" + text(value));
            return found.size() < limit;
          });
      return found;
    });
  }

  private static RowStore open(Path folder) throws IOException {
    Files.createDirectories(folder);
    return RowStore.open(new Lmdb(folder, 1 << 22), folder.resolve("journal"), JOURNAL_BYTES);
  }

  /** As a killed process leaves it. */
  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
  }

  private static String key(Random random) {
    return "k" + random.nextInt(60);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
