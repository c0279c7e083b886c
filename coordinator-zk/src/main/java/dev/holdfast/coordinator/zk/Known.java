// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Observation;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a key when a commit is planned. The bucket was known first: so while it stays
 * unchanged, the cell is of the znode that is there now.
 *
 * @param cell the znode, also when its lease has ended; null when there is none
 * @param isAlive whether the znode counts as an entry
 * @param lastDeleted as {@link Observation#lastDeleted}
 * @param revision the key was so at this revision
 */
record Known(
    EntryKey key,
    @Nullable Cell cell,
    boolean isAlive,
    String bucketPath,
    Bucket bucket,
    long lastDeleted,
    long revision) {

  static Known in(Map<EntryKey, Known> known, EntryKey key) {
    Known found = known.get(key);
    if (found == null) {
      throw new IllegalStateException(key + " was not looked up");
    }
    return found;
  }

  boolean holds(Condition condition) {
    Cell there = isAlive ? cell : null;
    return switch (condition) {
      case Condition.Exists _ -> there != null;
      case Condition.AtVersion at -> there != null && there.zxid() == at.version();
      case Condition.AbsentSince absent -> there == null && lastDeleted <= absent.revision();
    };
  }

  Observation observation() {
    Cell there = isAlive ? cell : null;
    return new Observation(
        key, there == null ? null : there.entry(), Math.min(lastDeleted, revision), revision);
  }
}
