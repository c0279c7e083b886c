// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The replicated state without a Raft: what is applied, written, lost in a crash and replayed. */
final class KeyTableTest {
  private static final long MARKS_MAX = 640;

  @TempDir Path folder = Path.of("");

  @SuppressWarnings("NullAway.Init") // before each test
  private Node node;

  @BeforeEach
  void open() throws IOException {
    node = new Node(folder.resolve("t"), MARKS_MAX);
  }

  @AfterEach
  void close() {
    node.table.closeDisk();
  }

  /** One replica, with the log that it has seen. */
  private static final class Node {
    private final Path folder;
    private final long marksMax;
    private final List<Command.Batch> log = new ArrayList<>();
    private KeyTable table;
    private Checkpoint checkpoint;

    Node(Path folder, long marksMax) throws IOException {
      this.folder = folder;
      this.marksMax = marksMax;
      this.table = new KeyTable(new LmdbTable(folder), marksMax, (_, _, _) -> {});
      this.checkpoint = newCheckpoint();
    }

    private Checkpoint newCheckpoint() {
      return new Checkpoint(
          table,
          new Fatality(_ -> {}),
          Meter.NONE,
          Duration.ofDays(1),
          () -> {},
          new RaftEvents(),
          System::nanoTime);
    }

    List<Answer> apply(Command.Batch batch) {
      log.add(batch);
      return LogCodec.decodeAnswers(
          ByteBuffer.wrap(table.apply(1, log.size() - 1, List.of(batch)).getFirst()));
    }

    List<Answer> apply(long sequence, Command... commands) {
      return apply(new Command.Batch("n1_a", sequence, List.of(commands)));
    }

    /** Loses what is in memory, then applies the log again from where LMDB is. */
    void crashAndReplay() throws IOException {
      table.closeDisk();
      table = new KeyTable(new LmdbTable(folder), marksMax, (_, _, _) -> {});
      checkpoint = newCheckpoint();
      for (int i = (int) table.position().index() + 1; i < log.size(); i++) {
        var _ = table.apply(1, i, List.of(log.get(i)));
      }
    }

    Slot slot(String key) {
      return table.read(List.of(Bytes.utf8(key))).slots().getFirst();
    }

    List<Slot> all() {
      return table.scan(Bytes.EMPTY, Bytes.EMPTY, true, 100_000).slots();
    }
  }

  private static Command put(String key, String value) {
    return new Command.Commit(
        0,
        List.of(),
        List.of(new Command.Edit(Command.EditKind.PUT, Bytes.utf8(key), Bytes.utf8(value))));
  }

  private static Command delete(String key) {
    return new Command.Commit(
        0,
        List.of(),
        List.of(new Command.Edit(Command.EditKind.DELETE, Bytes.utf8(key), Bytes.EMPTY)));
  }

  private static Command create(String key, long absentSince) {
    return new Command.Commit(
        0,
        List.of(new Command.Check(Command.CheckKind.ABSENT_SINCE, Bytes.utf8(key), absentSince)),
        List.of(new Command.Edit(Command.EditKind.PUT, Bytes.utf8(key), Bytes.utf8("made"))));
  }

  @Test
  void repeatedBatchGetsItsFirstAnswersAlsoAfterACheckpointAndARestart() throws IOException {
    List<Answer> first = node.apply(5, create("a", 0), put("b", "1"));
    assertThat(node.apply(5, create("a", 0), put("b", "1"))).isEqualTo(first);

    assertThat(node.checkpoint.write()).isTrue();
    node.crashAndReplay();

    assertThat(node.apply(5, create("a", 0), put("b", "1"))).isEqualTo(first);
    assertThat(node.apply(4, put("b", "older"))).isEmpty();
    assertThat(node.slot("b").value()).isEqualTo(Bytes.utf8("1"));
    assertThat(node.table.position().revision()).isEqualTo(2);
  }

  @Test
  void crashBetweenCheckpointsIsMadeGoodByTheLog() throws IOException {
    node.apply(1, put("a", "1"), put("b", "1"));
    node.checkpoint.write();
    node.apply(2, put("a", "2"), delete("b"));

    node.crashAndReplay();

    assertThat(node.slot("a").value()).isEqualTo(Bytes.utf8("2"));
    assertThat(node.slot("b").isPresent()).isFalse();
    assertThat(node.slot("b").deleted()).isEqualTo(4);
  }

  @Test
  void endOfALeaseDeletesItsEntriesInOneRevision() throws IOException {
    long lease =
        ((Answer.LeaseOpened) node.apply(1, new Command.OpenLease("n1", 1)).getFirst()).lease();
    Command leased =
        new Command.Commit(
            lease,
            List.of(),
            List.of(
                new Command.Edit(Command.EditKind.PUT_LEASED, Bytes.utf8("a"), Bytes.EMPTY),
                new Command.Edit(Command.EditKind.PUT_LEASED, Bytes.utf8("b"), Bytes.EMPTY)));
    node.apply(2, leased);
    node.checkpoint.write();
    node.crashAndReplay();

    node.apply(3, new Command.ExpireLease(lease, 99));
    assertThat(node.slot("a").isPresent()).as("another term decided that").isTrue();
    node.apply(4, new Command.ExpireLease(lease, 1));

    assertThat(node.slot("a").deleted()).isEqualTo(2);
    assertThat(node.slot("b").deleted()).isEqualTo(2);
    assertThat(node.apply(5, leased)).containsExactly(new Answer.LeaseGone());
    assertThat(node.table.leases()).isEmpty();
  }

  @Test
  void forgottenDeletionsMakeAbsentSinceStricterNeverLaxer() {
    for (int i = 0; i < 2 * MARKS_MAX; i++) {
      node.apply(i + 1, delete("k" + i));
    }
    long floor = node.table.read(List.of(Bytes.utf8("k0"))).floor();

    assertThat(floor).isPositive();
    assertThat(node.apply(10_000, create("k0", 0)).getFirst()).isInstanceOf(Answer.Conflict.class);
    assertThat(node.apply(10_001, create("new", floor - 1)).getFirst())
        .isInstanceOf(Answer.Conflict.class);
    assertThat(node.apply(10_002, create("new", floor)).getFirst())
        .isInstanceOf(Answer.Committed.class);
  }

  @Test
  void anyMixOfCheckpointsCrashesAndReplaysLeadsToTheSameState() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Node calm = new Node(folder.resolve("calm"), MARKS_MAX);
    try {
      for (int sequence = 1; sequence < 1_500; sequence++) {
        String key = "k" + "x".repeat(random.nextInt(2) * 600) + random.nextInt(40);
        Command command =
            switch (random.nextInt(4)) {
              case 0 -> delete(key);
              case 1 -> create(key, random.nextInt(sequence));
              default -> put(key, "v" + sequence);
            };
        Command.Batch batch =
            new Command.Batch("n" + random.nextInt(3) + "_a", sequence, List.of(command));
        assertThat(node.apply(batch)).as("seed " + seed).isEqualTo(calm.apply(batch));
        switch (random.nextInt(60)) {
          case 0 -> node.crashAndReplay();
          case 1, 2 -> node.checkpoint.write();
          default -> {}
        }
      }

      assertThat(node.all())
          .as("seed " + seed)
          .usingRecursiveFieldByFieldElementComparatorIgnoringFields("deleted")
          .isEqualTo(calm.all());
      assertThat(node.table.position()).isEqualTo(calm.table.position());
    } finally {
      calm.table.closeDisk();
    }
  }
}
