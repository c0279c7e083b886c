// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.node.store.Layer.Cell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a journal gives back after each kind of end. */
@Timeout(60)
final class JournalTest {
  private static final long SEGMENT_BYTES = 4_096;

  @TempDir Path folder;

  @Test
  void givesBackWhatWasWrittenInItsOrder() throws IOException {
    try (Journal journal = open(0, new ArrayList<>())) {
      for (int i = 1; i <= 200; i++) {
        assertThat(journal.append(rows("key" + i, i % 7 == 0 ? null : "value" + i))).isEqualTo(i);
        journal.flush();
      }
    }

    assertThat(segments()).as("it went on in new files").hasSizeGreaterThan(2);
    List<String> replayed = new ArrayList<>();
    open(150, replayed).close();
    assertThat(replayed).hasSize(50).startsWith("key151=value151").endsWith("key200=value200");
    assertThat(replayed).contains("key154=gone");
  }

  @Test
  void cutsOffARecordThatIsNotWhole() throws IOException {
    try (Journal journal = open(0, new ArrayList<>())) {
      journal.append(rows("a", "1"));
      journal.flush();
      journal.append(rows("b", "2"));
    }
    Path file = segments().getFirst();
    byte[] whole = Files.readAllBytes(file);
    int begin = JournalSegment.HEADER_BYTES + JournalSegment.lengthOf(rows("a", "1"));
    int end = begin + JournalSegment.lengthOf(rows("b", "2"));
    for (int at = begin; at < end; at++) {
      clear();
      byte[] torn = whole.clone();
      Arrays.fill(torn, at, end, (byte) 0);
      Files.write(file, torn);
      List<String> replayed = new ArrayList<>();
      try (Journal journal = open(0, replayed)) {
        assertThat(replayed).as("torn at byte %s", at).isEqualTo(List.of("a=1"));
        assertThat(journal.append(rows("c", "3"))).isEqualTo(2);
        journal.flush();
      }
      replayed.clear();
      open(0, replayed).close();
      assertThat(replayed).as("torn at byte %s", at).isEqualTo(List.of("a=1", "c=3"));
    }
  }

  /** The disk may write the second of two records first. */
  @Test
  void endsBeforeARecordThatIsMissingWhenNoneAfterItWasPromised() throws IOException {
    try (Journal journal = open(0, new ArrayList<>())) {
      journal.append(rows("a", "1"));
      journal.flush();
      journal.append(rows("b", "2"));
      journal.append(rows("c", "3"));
    }
    flip(segments().getFirst(), "b");

    List<String> replayed = new ArrayList<>();
    try (Journal journal = open(0, replayed)) {
      assertThat(replayed).containsExactly("a=1");
      journal.append(rows("d", "4"));
    }

    // What lay behind it never comes back.
    replayed.clear();
    open(0, replayed).close();
    assertThat(replayed).containsExactly("a=1", "d=4");
  }

  @Test
  void doesNotOpenWhenARecordThatWasPromisedIsDamaged() throws IOException {
    try (Journal journal = open(0, new ArrayList<>())) {
      for (String key : List.of("a", "b", "c")) {
        journal.append(rows(key, key));
        journal.flush();
      }
    }
    Path file = segments().getFirst();
    flip(file, "b");

    assertThatThrownBy(() -> open(0, new ArrayList<>()))
        .isInstanceOf(StoreFailedException.class)
        .hasMessageContaining(file.getFileName() + " is damaged at byte ")
        .hasMessageContaining("fetches its copies from the other nodes");

    List<String> replayed = new ArrayList<>();
    open(2, replayed).close();
    assertThat(replayed).as("a checkpoint has it").isEmpty();
  }

  @Test
  void doesNotOpenWhenAFileOfItIsDamagedOrMissing() throws IOException {
    try (Journal journal = open(0, new ArrayList<>())) {
      for (int i = 1; i <= 200; i++) {
        journal.append(rows("key" + i, "value"));
      }
    }
    List<Path> files = segments();
    byte[] oldest = Files.readAllBytes(files.get(0));
    byte[] second = Files.readAllBytes(files.get(1));

    Files.delete(files.get(0));
    assertThatThrownBy(() -> open(0, new ArrayList<>()))
        .isInstanceOf(StoreFailedException.class)
        .hasMessageContaining("lacks its oldest files");
    Files.write(files.get(0), oldest);
    Files.delete(files.get(1));
    assertThatThrownBy(() -> open(0, new ArrayList<>())).isInstanceOf(StoreFailedException.class);
    Files.write(files.get(1), new byte[second.length]);
    assertThatThrownBy(() -> open(0, new ArrayList<>())).isInstanceOf(StoreFailedException.class);
    Files.write(files.get(1), second);

    List<String> replayed = new ArrayList<>();
    open(0, replayed).close();
    assertThat(replayed).hasSize(200);
    clear();
    assertThatThrownBy(() -> open(200, new ArrayList<>()))
        .isInstanceOf(StoreFailedException.class)
        .hasMessageContaining("lacks its oldest files");
  }

  @Test
  void usesFilesAgainAndNeverTakesTheirOldRecordsForNew() throws IOException {
    Journal journal = open(0, new ArrayList<>());
    long sequence = 0;
    for (int round = 0; round < 30; round++) {
      for (int i = 0; i < 100; i++) {
        sequence = journal.append(rows("key" + sequence, "round" + round));
      }
      journal.flush();
      journal.drop(sequence - 5);
      if (round % 3 == 0) {
        journal.close();
        List<String> replayed = new ArrayList<>();
        journal = open(sequence - 5, replayed);
        assertThat(replayed).as("round %s", round).hasSize(5);
      }
    }
    journal.close();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).as("old files are not kept for ever").hasSizeLessThan(8);
    }
  }

  @Test
  void startsWithoutWritesLeaveNoFilesBehind() throws IOException {
    try (Journal journal = open(0, new ArrayList<>())) {
      journal.append(rows("a", "1"));
      journal.flush();
    }
    for (int start = 0; start < 20; start++) {
      open(1, new ArrayList<>()).close();
    }

    assertThat(segments()).hasSize(1);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSizeLessThanOrEqualTo(3);
    }
  }

  @Test
  void aFlushThatFailsIsNoFullDiskToBeTriedAgain() throws IOException {
    Journal journal = open(0, new ArrayList<>());
    journal.append(rows("a", "1"));
    journal.close();

    assertThatThrownBy(journal::flush).isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void takesARecordThatIsLongerThanAFile() throws IOException {
    String large = "x".repeat(3 * (int) SEGMENT_BYTES);
    try (Journal journal = open(0, new ArrayList<>())) {
      journal.append(rows("a", "1"));
      journal.append(rows("b", large));
      journal.append(rows("c", "3"));
      journal.flush();
    }

    List<String> replayed = new ArrayList<>();
    open(0, replayed).close();
    assertThat(replayed).containsExactly("a=1", "b=" + large, "c=3");
  }

  private Journal open(long covered, List<String> replayed) throws IOException {
    return Journal.open(
        folder,
        SEGMENT_BYTES,
        covered,
        rows ->
            rows.forEach((place, cell) -> {
              byte[] value = cell.value();
              replayed.add(text(Table.key(place)) + "=" + (value == null ? "gone" : text(value)));
            }));
  }

  private static NavigableMap<byte[], Cell> rows(String key, @Nullable String value) {
    NavigableMap<byte[], Cell> rows = new TreeMap<>(Arrays::compareUnsigned);
    rows.put(
        Table.QUEUE.place(key.getBytes(StandardCharsets.UTF_8)),
        value == null ? Cell.GONE : new Cell(value.getBytes(StandardCharsets.UTF_8)));
    return rows;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** One bit of the record of a key. */
  private static void flip(Path file, String key) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    byte[] place = Table.QUEUE.place(key.getBytes(StandardCharsets.UTF_8));
    for (int at = 0; at + place.length < bytes.length; at++) {
      if (Arrays.equals(bytes, at, at + place.length, place, 0, place.length)) {
        bytes[at + place.length - 1] ^= 1;
        Files.write(file, bytes);
        return;
      }
    }
    throw new AssertionError("No record of " + key);
  }

  private List<Path> segments() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".journal")).sorted().toList();
    }
  }

  private void clear() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }
}
