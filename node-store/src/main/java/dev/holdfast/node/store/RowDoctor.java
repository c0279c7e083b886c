// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes rows away that rotted, so that they count as absent, and queues what they held to be
 * fetched again. Called from reads, which do not wait for it: when the disk is full, the next one
 * meets the damage again.
 */
final class RowDoctor {
  private static final Logger log = LoggerFactory.getLogger(RowDoctor.class);

  private final GroupCommit writer;
  private final Damage damage;
  private volatile Runnable onQueued = () -> {};

  RowDoctor(GroupCommit writer, Damage damage) {
    this.writer = writer;
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
    later(change -> {
      if (VersionRows.isDamaged(change, place)) {
        // A write under way stages it again, or fails: nobody else may confirm it (R21).
        if (intent != null && !VersionRows.isStaged(change, place)) {
          QueueRows.add(change, intent);
        }
        VersionRows.removeDamaged(change, place);
      } else if (change.get(Table.VERSIONS, place) == null) {
        VersionRows.settled(change, place);
      }
    });
  }

  /**
   * @param isReadOnly otherwise the row is about to be replaced
   */
  void head(byte[] place, byte[] row, boolean isReadOnly) {
    damage.row("listing", place, row);
    if (isReadOnly) {
      later(change -> {
        byte[] now = change.get(Table.LISTING, place);
        if (now != null && ListingTrie.isDamaged(place, now)) {
          change.delete(Table.LISTING, place);
        }
      });
    }
  }

  void queue(List<QueueRows.Damaged> damaged) {
    for (QueueRows.Damaged one : damaged) {
      damage.row("queue", one.sequence(), one.bytes());
      later(change -> QueueRows.removeDamaged(change, one.sequence()));
    }
  }

  private void later(Consumer<Change> repair) {
    var _ =
        writer
            .submitUnflushed(change -> {
              repair.accept(change);
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
