// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.node.store.Layer.Cell;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Txn;

/**
 * The rows of a store: LMDB as of the last checkpoint, and two layers in memory that are newer. All
 * that is in the layers is in the {@link Journal} too.
 *
 * <pre>
 *   change ── journal (flush) ── fresh ──(checkpoint begins)── sealed ──(it ends)── LMDB
 * </pre>
 *
 * <p>Readers see one immutable {@link State} over one snapshot of LMDB, and wait for nobody.
 */
final class RowStore implements AutoCloseable {
  /** In {@link Table#META}: up to this sequence of the journal all rows are in LMDB. */
  private static final byte[] COVERED = "journal".getBytes(StandardCharsets.UTF_8);

  private final Lmdb lmdb;
  private final Journal journal;
  private final AtomicReference<State> state;

  /**
   * @param fresh newer than the begin of the last checkpoint
   * @param sealed what the checkpoint under way writes, or one that failed; else empty
   * @param sizes with all of that
   * @param sequence of the journal's newest record that is in here
   * @param sealedSequence of the newest record that is sealed
   * @param checkpoints that have ended
   */
  private record State(
      Layer fresh,
      Layer sealed,
      TableSizes sizes,
      long sequence,
      long sealedSequence,
      long checkpoints) {
    State plus(Batch batch, long newSequence) {
      return new State(
          fresh.plus(batch.rows()),
          sealed,
          batch.sizes(),
          newSequence,
          sealedSequence,
          checkpoints);
    }

    State seal() {
      return sealed.isEmpty()
          ? new State(Layer.EMPTY, fresh, sizes, sequence, sequence, checkpoints)
          : this;
    }

    State checkpointed() {
      return new State(fresh, Layer.EMPTY, sizes, sequence, sealedSequence, checkpoints + 1);
    }

    List<NavigableMap<byte[], Cell>> layers() {
      return List.of(fresh.cells(), sealed.cells());
    }
  }

  /**
   * Changes that become one record of the journal.
   *
   * @param rows that they wrote
   * @param sizes of the counted tables with them
   */
  record Batch(NavigableMap<byte[], Cell> rows, TableSizes sizes) {}

  private RowStore(Lmdb lmdb, Journal journal, State state) {
    this.lmdb = lmdb;
    this.journal = journal;
    this.state = new AtomicReference<>(state);
  }

  /**
   * Opens and recovers.
   *
   * @param lmdb closed by this store from now on, also when this fails
   * @throws StoreFailedException when the journal is damaged
   */
  static RowStore open(Lmdb lmdb, Path folder, long segmentBytes) throws IOException {
    try {
      byte[] row = lmdb.read(txn -> lmdb.table(Table.META).get(txn, COVERED));
      long covered = covered(row);
      AtomicReference<State> recovered =
          new AtomicReference<>(
              new State(
                  Layer.EMPTY, Layer.EMPTY, new TableSizes(stored(lmdb)), covered, covered, 0));
      Journal journal =
          Journal.open(
              folder,
              segmentBytes,
              covered,
              rows -> recovered.set(replayed(lmdb, recovered.get(), rows)));
      return new RowStore(lmdb, journal, recovered.get());
    } catch (IOException | RuntimeException e) {
      lmdb.close();
      throw e;
    }
  }

  private static long covered(byte @Nullable [] row) {
    byte[] number = row == null ? null : Sealed.open(COVERED, row);
    if (row != null && (number == null || number.length != Long.BYTES)) {
      throw new StoreFailedException(
          "The mark of the last checkpoint is damaged. Move the folder 'objects' of this node away:"
              + " it fetches its copies from the other nodes.",
          null);
    }
    return number == null ? 0 : ByteBuffer.wrap(number).getLong();
  }

  private static Map<Table, Long> stored(Lmdb lmdb) {
    Map<Table, Long> sizes = new EnumMap<>(Table.class);
    for (Table table : Table.values()) {
      if (table.isCounted()) {
        sizes.put(table, lmdb.read(txn -> lmdb.table(table).stat(txn).entries));
      }
    }
    return sizes;
  }

  private static State replayed(Lmdb lmdb, State before, NavigableMap<byte[], Cell> rows) {
    return lmdb.read(txn -> {
      Change change = new Change(before.layers(), lmdb, txn, before.sizes);
      rows.forEach((place, cell) -> {
        byte[] value = cell.value();
        if (value == null) {
          change.delete(Table.of(place), Table.key(place));
        } else {
          change.put(Table.of(place), Table.key(place), value);
        }
      });
      Batch batch = new Batch(change.written(), before.sizes.plus(change.added()));
      return before.plus(batch, before.sequence + 1);
    });
  }

  /** Reads as of now. Any thread. */
  <T extends @Nullable Object> T read(Function<Rows, T> action) {
    return snapshot(
        (seen, txn) -> action.apply(new LayeredRows(seen.layers(), lmdb, txn, seen.sizes)));
  }

  @FunctionalInterface
  private interface Reader<T extends @Nullable Object> {
    T read(State seen, Txn<byte[]> txn);
  }

  @SuppressWarnings("NullAway") // a T that may be null is declared so by the caller
  private <T extends @Nullable Object> T snapshot(Reader<T> reader) {
    AtomicReference<@Nullable T> result = new AtomicReference<>();
    boolean isDone = false;
    while (!isDone) {
      State seen = state.get();
      isDone =
          lmdb.read(txn -> {
            // With two checkpoints since, LMDB would show rows that the state does not know.
            boolean fits = state.get().checkpoints == seen.checkpoints;
            if (fits) {
              result.set(reader.read(seen, txn));
            }
            return fits;
          });
    }
    return result.get();
  }

  /** Makes changes one after another, each on what those before it wrote. */
  interface Changes {
    /**
     * @throws RuntimeException of the change, whose rows are dropped then
     */
    <T extends @Nullable Object> T apply(Function<Change, T> change);
  }

  /** Collects what some changes write. For the one thread that writes. */
  Batch collect(Consumer<Changes> changes) {
    return snapshot((seen, txn) -> {
      Collector collector = new Collector(seen, lmdb, txn);
      changes.accept(collector);
      return new Batch(collector.rows, collector.sizes);
    });
  }

  private static final class Collector implements Changes {
    private final State seen;
    private final Lmdb lmdb;
    private final Txn<byte[]> txn;
    private final NavigableMap<byte[], Cell> rows = new TreeMap<>(Arrays::compareUnsigned);
    private TableSizes sizes;

    Collector(State seen, Lmdb lmdb, Txn<byte[]> txn) {
      this.seen = seen;
      this.lmdb = lmdb;
      this.txn = txn;
      this.sizes = seen.sizes;
    }

    @Override
    public <T extends @Nullable Object> T apply(Function<Change, T> change) {
      List<NavigableMap<byte[], Cell>> below = new ArrayList<>();
      below.add(rows);
      below.addAll(seen.layers());
      Change own = new Change(below, lmdb, txn, sizes);
      T result = change.apply(own);
      rows.putAll(own.written());
      sizes = sizes.plus(own.added());
      return result;
    }
  }

  /**
   * Makes a batch readable. For the one thread that writes.
   *
   * @param durable whether it, and all before it, survives a power cut when this returns
   * @throws IOException also when the disk is full; nothing of it can be read then
   */
  void write(Batch batch, boolean durable) throws IOException {
    if (!batch.rows.isEmpty()) {
      long sequence = journal.append(batch.rows);
      if (durable) {
        journal.flush();
      }
      state.updateAndGet(now -> now.plus(batch, sequence));
    } else if (durable) {
      // What it found there may be of a batch that did not wait for the disk.
      journal.flush();
    }
  }

  /** How much of the heap waits for a checkpoint. */
  long heapBytes() {
    State now = state.get();
    return now.fresh.heapBytes() + now.sealed.heapBytes();
  }

  /** Records of the journal that were written, also in earlier runs. */
  long commits() {
    return state.get().sequence;
  }

  /** How often the journal was flushed in this run. */
  long flushes() {
    return journal.flushes();
  }

  /**
   * Moves what the layers hold into LMDB. For one thread.
   *
   * @return false when there was nothing
   * @throws org.lmdbjava.LmdbException nothing is lost then, and the next call tries again
   */
  boolean checkpoint() throws IOException {
    State sealed = state.updateAndGet(State::seal);
    if (sealed.sealed.isEmpty()) {
      return false;
    }
    // LMDB must not know more than the journal: sequences would be given twice.
    journal.flush();
    byte[] covered =
        Sealed.seal(
            COVERED, ByteBuffer.allocate(Long.BYTES).putLong(sealed.sealedSequence).array());
    lmdb.write(txn -> {
      sealed.sealed.cells().forEach((place, cell) -> write(txn, place, cell));
      lmdb.table(Table.META).put(txn, COVERED, covered);
    });
    state.updateAndGet(State::checkpointed);
    journal.drop(sealed.sealedSequence);
    return true;
  }

  private void write(Txn<byte[]> txn, byte[] place, Cell cell) {
    byte[] value = cell.value();
    if (value == null) {
      lmdb.table(Table.of(place)).delete(txn, Table.key(place));
    } else {
      lmdb.table(Table.of(place)).put(txn, Table.key(place), value);
    }
  }

  @Override
  public void close() {
    journal.close();
    lmdb.close();
  }
}
