// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.testkit.Await;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.Txn;

/** What a disk has changed is found and told, and never answered. */
final class LmdbTableTest {
  private static final Bytes KEY = Bytes.utf8("map/accounts/alice");
  private static final Bytes LONG_KEY = Bytes.utf8("k".repeat(600));
  private static final String VALUE = "one hundred and seven crowns";

  @TempDir Path folder = Path.of("");

  private static TableMeta meta(long revision) {
    return new TableMeta(1, revision, revision, 8, TableMeta.Marks.EMPTY, Map.of(), Map.of());
  }

  private LmdbTable written() throws IOException {
    LmdbTable table = new LmdbTable(folder);
    Overlay overlay = new Overlay();
    for (Slot slot :
        List.of(
            new Slot(KEY, Bytes.utf8(VALUE), 7, 0, 3),
            new Slot(LONG_KEY, Bytes.utf8("leased"), 6, 5, 0),
            Slot.absent(Bytes.utf8("map/gone"), 0x0102030405060708L))) {
      overlay.put(StoredKey.of(slot.key()), slot);
    }
    table.write(overlay, meta(9));
    return table;
  }

  /** Flips a bit of each place that has these bytes; free pages may have them too. */
  private void rot(byte[] content) throws IOException {
    Path file = folder.resolve("data.mdb");
    byte[] all = Files.readAllBytes(file);
    String text = new String(all, StandardCharsets.ISO_8859_1);
    String wanted = new String(content, StandardCharsets.ISO_8859_1);
    int at = text.indexOf(wanted);
    assertThat(at).isPositive();
    for (; at >= 0; at = text.indexOf(wanted, at + 1)) {
      all[at + 3] ^= 0x10;
    }
    Files.write(file, all);
  }

  private static void isRotten(Runnable look) {
    assertThatExceptionOfType(CoordinatorFailedException.class)
        .isThrownBy(look::run)
        .withMessageContaining("is damaged at the key")
        .withMessageContaining("move its coordinator folder away");
  }

  @Test
  void givesBackWhatWasWritten() throws Exception {
    written().close();
    try (LmdbTable table = new LmdbTable(folder);
        LmdbTable.View view = table.view()) {
      assertThat(view.get(KEY, KEY)).isEqualTo(new Slot(KEY, Bytes.utf8(VALUE), 7, 0, 3));
      assertThat(view.get(StoredKey.of(LONG_KEY), LONG_KEY))
          .isEqualTo(new Slot(LONG_KEY, Bytes.utf8("leased"), 6, 5, 0));
      assertThat(table.meta()).isEqualTo(meta(9));
      assertThat(table.leasedKeys().get(5L)).containsExactly(LONG_KEY);
      table.verify();
    }
  }

  @Test
  void aValueThatRottedIsNotAnswered() throws Exception {
    written().close();
    rot(VALUE.getBytes(StandardCharsets.UTF_8));
    try (LmdbTable table = new LmdbTable(folder)) {
      isRotten(() -> {
        try (LmdbTable.View view = table.view()) {
          var _ = view.get(KEY, KEY);
        }
      });
      isRotten(() -> {
        try (LmdbTable.View view = table.view()) {
          var _ = view.entries(Bytes.EMPTY, true, Bytes.EMPTY, 10);
        }
      });
      isRotten(table::verify);
    }
  }

  @Test
  void aDeletionMarkThatRottedDecidesNothing() throws Exception {
    written().close();
    rot(ByteBuffer.allocate(8).putLong(0x0102030405060708L).array());
    try (LmdbTable table = new LmdbTable(folder)) {
      isRotten(table::verify);
    }
  }

  /** A bit of a key: nothing is found under the old one, and the reading of all finds it. */
  @Test
  void aKeyThatRottedIsFoundByTheScrub() throws Exception {
    written().close();
    rot("accounts/alice".getBytes(StandardCharsets.UTF_8));
    List<CoordinatorFailedException> fatal = new CopyOnWriteArrayList<>();
    Fatality fatality = new Fatality(fatal::add);
    fatality.arm();
    LmdbTable disk = new LmdbTable(folder);
    KeyTable table = new KeyTable(disk, KeyTable.MARKS_MAX, (_, _, _) -> {});
    try (TableScrub scrub =
        new TableScrub(table, fatality, Meter.NONE, Duration.ofDays(1), System::nanoTime)) {
      scrub.start();
      Await.until(Duration.ofSeconds(20), "the owner is told", () -> fatal.size() == 1);
    }
    assertThat(fatal.getFirst()).hasMessageContaining("is damaged at the key");
    table.closeDisk();
  }

  /** Written by a version that knew no checksums. */
  @Test
  void anOlderTableGetsChecksumsWhenItIsOpened() throws Exception {
    Env<ByteBuffer> env =
        Env.create().setMapSize(1 << 24).setMaxDbs(5).open(folder.toFile(), EnvFlags.MDB_NOTLS);
    Bytes revision = Bytes.wrap(ByteBuffer.allocate(8).putLong(4).array());
    try (Txn<ByteBuffer> txn = env.txnWrite()) {
      for (int i = 0; i < 2_500; i++) {
        ByteBuffer record = ByteBuffer.allocate(1 + 8 + 8 + 2 + 1);
        record.put((byte) 1).putLong(i).putLong(0).putShort((short) 0).put((byte) i);
        put(env, txn, "entries", Bytes.utf8("k" + i), Bytes.wrap(record.array()));
      }
      put(env, txn, "marks", Bytes.utf8("k7"), revision);
      put(env, txn, "leased", Bytes.wrap(ByteBuffer.allocate(9).put(8, (byte) 'x').array()), KEY);
      put(env, txn, "meta", Bytes.utf8("state"), Bytes.wrap(meta(9).encode()));
      txn.commit();
    }
    env.close();

    for (int open = 0; open < 2; open++) {
      try (LmdbTable table = new LmdbTable(folder);
          LmdbTable.View view = table.view()) {
        table.verify();
        for (int i = 0; i < 2_500; i++) {
          Bytes key = Bytes.utf8("k" + i);
          assertThat(view.get(key, key))
              .isEqualTo(new Slot(key, Bytes.wrap(new byte[] {(byte) i}), i, 0, i == 7 ? 4 : 0));
        }
        assertThat(table.meta()).isEqualTo(meta(9));
        assertThat(table.leasedKeys().get(0L)).containsExactly(KEY);
      }
    }
  }

  private static void put(
      Env<ByteBuffer> env, Txn<ByteBuffer> txn, String part, Bytes key, Bytes value) {
    Dbi<ByteBuffer> dbi =
        env.openDbi(txn, part.getBytes(StandardCharsets.UTF_8), null, false, DbiFlags.MDB_CREATE);
    dbi.put(txn, direct(key), direct(value));
  }

  private static ByteBuffer direct(Bytes bytes) {
    return ByteBuffer.allocateDirect(bytes.length()).put(bytes.asBuffer()).flip();
  }

  /** More than one transaction sweeps, in one checkpoint, again and again. */
  @Test
  void marksAreBoundedAtAnyRateOfDeletions() throws Exception {
    long marksMax = 640;
    KeyTable table = new KeyTable(new LmdbTable(folder), marksMax, (_, _, _) -> {});
    Checkpoint checkpoint =
        new Checkpoint(
            table,
            new Fatality(_ -> {}),
            Meter.NONE,
            Duration.ofDays(1),
            () -> {},
            new RaftEvents(),
            System::nanoTime);
    long entry = 0;
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 600; i++) {
        List<Command.Edit> edits = new java.util.ArrayList<>();
        for (int k = 0; k < 100; k++) {
          Bytes key = Bytes.utf8("lock/" + round + "-" + i + "-" + k);
          edits.add(new Command.Edit(Command.EditKind.DELETE, key, Bytes.EMPTY));
        }
        var batch =
            new Command.Batch("n1_a", entry + 1, List.of(new Command.Commit(0, List.of(), edits)));
        var _ = table.apply(1, entry++, List.of(batch));
      }
      assertThat(checkpoint.write()).isTrue();
      assertThat(table.disk().markCount()).isLessThanOrEqualTo(marksMax + 100);
    }
    long floor = table.read(List.of(KEY)).floor();
    assertThat(floor).isPositive();
    assertThat(absentSince(table, entry, floor - 1)).isInstanceOf(Answer.Conflict.class);
    assertThat(absentSince(table, entry + 1, floor)).isInstanceOf(Answer.Committed.class);
    table.closeDisk();
  }

  private static Answer absentSince(KeyTable table, long entry, long revision) {
    Command.Commit commit =
        new Command.Commit(
            0,
            List.of(new Command.Check(Command.CheckKind.ABSENT_SINCE, KEY, revision)),
            List.of());
    var batch = new Command.Batch("n1_a", entry + 1, List.of(commit));
    return LogCodec.decodeAnswers(ByteBuffer.wrap(table.apply(1, entry, List.of(batch)).getFirst()))
        .getFirst();
  }
}
