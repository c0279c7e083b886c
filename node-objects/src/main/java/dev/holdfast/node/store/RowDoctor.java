package dev.holdfast.node.store;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Txn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes rows away that rotted, so that they count as absent, and queues what they held to be
 * fetched again. Called from reads, which do not wait for it: when the disk is full, the next one
 * meets the damage again.
 */
final class RowDoctor {
  private static final Logger log = LoggerFactory.getLogger(RowDoctor.class);

  private final Lmdb lmdb;
  private final GroupCommit writer;
  private final VersionRows versions;
  private final QueueRows queue;
  private final Damage damage;
  private volatile Runnable onQueued = () -> {};

  RowDoctor(Lmdb lmdb, GroupCommit writer, VersionRows versions, QueueRows queue, Damage damage) {
    this.lmdb = lmdb;
    this.writer = writer;
    this.versions = versions;
    this.queue = queue;
    this.damage = damage;
  }

  void onQueued(Runnable listener) {
    onQueued = listener;
  }

  /**
   * @param intent to get it again; none when nobody can tell what it was, or it was only staged
   */
  void version(byte[] place, byte[] row, @Nullable Intent intent) {
    damage.row("versions", place, row);
    later(txn -> {
      if (versions.isDamaged(txn, place)) {
        // A write under way stages it again, or fails: nobody else may confirm it (R21).
        if (intent != null && !versions.isStaged(txn, place)) {
          queue.add(txn, intent);
        }
        versions.removeDamaged(txn, place);
      } else if (lmdb.versions.get(txn, place) == null) {
        versions.confirmed(txn, place);
      }
    });
  }

  /**
   * @param isReadOnly otherwise the row is about to be replaced
   */
  void head(byte[] place, byte[] row, boolean isReadOnly) {
    damage.row("listing", place, row);
    if (isReadOnly) {
      later(txn -> {
        byte[] now = lmdb.listing.get(txn, place);
        if (now != null && ListingTrie.isDamaged(place, now)) {
          lmdb.listing.delete(txn, place);
        }
      });
    }
  }

  void queue(List<QueueRows.Damaged> damaged) {
    for (QueueRows.Damaged one : damaged) {
      damage.row("queue", one.sequence(), one.bytes());
      later(txn -> queue.removeDamaged(txn, one.sequence()));
    }
  }

  private void later(Consumer<Txn<byte[]>> change) {
    var _ =
        writer
            .submit(txn -> {
              change.accept(txn);
              return true;
            })
            .whenComplete((_, error) -> {
              if (error == null) {
                onQueued.run();
              } else {
                log.warn("A damaged row stays for now", error);
              }
            });
  }
}
