// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.core.version.HeadRecord;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.node.store.HeadRow;
import dev.holdfast.node.store.Intent;
import dev.holdfast.node.store.NodeStore;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the heads that the cluster agreed on with those that this node knows, and queues what it
 * should hold and lacks. That is how a node learns what happened while it was down: from the state,
 * never from a replay.
 */
final class CatchUp {
  private static final Logger log = LoggerFactory.getLogger(CatchUp.class);
  private static final int PAGE = 500;

  private final String self;
  private final Coordinator coordinator;
  private final NodeStore records;
  private final Duration timeout;

  CatchUp(String self, Coordinator coordinator, NodeStore records, Duration timeout) {
    this.self = self;
    this.coordinator = coordinator;
    this.records = records;
    this.timeout = timeout;
  }

  /**
   * Compares everything once; returns how many copies this node lacked.
   *
   * @throws dev.holdfast.spi.coordinator.UnavailableException to be tried again later
   */
  int runOnce() {
    int lacking = 0;
    @Nullable EntryKey after = null;
    do {
      Coordinator.Page page = coordinator.scan(ObjectKey.ENTRY_PREFIX, after, PAGE, timeout);
      List<Intent> intents = new ArrayList<>();
      for (Entry entry : page.entries()) {
        lacks(entry).ifPresent(intents::add);
      }
      if (!intents.isEmpty()) {
        records.enqueue(intents);
        lacking += intents.size();
      }
      after = page.next();
    } while (after != null);
    return lacking;
  }

  private Optional<Intent> lacks(Entry entry) {
    try {
      HeadRecord head = HeadRecord.decode(entry.value());
      if (!head.holders().contains(self)) {
        return Optional.empty();
      }
      ObjectKey key = new ObjectKey(entry.key().value().substring(ObjectKey.ENTRY_PREFIX.length()));
      Optional<HeadRow> known = records.head(key);
      return known.isPresent()
              && known.get().revision() >= entry.revision()
              && records.isConfirmed(key, head.version())
          ? Optional.empty()
          : Optional.of(Intent.agreed(self, key, head.version()));
    } catch (UnreadableEntryException | IllegalArgumentException e) {
      // Of a newer version of Holdfast, or damaged: the other keys must not wait for it.
      log.error("The head {} is unreadable", entry.key(), e);
      return Optional.empty();
    }
  }
}
