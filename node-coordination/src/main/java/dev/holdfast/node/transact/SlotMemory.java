// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import dev.holdfast.core.operation.Operation;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Observation;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the owner's own commits made of the slots that they used: this node may apply them a moment
 * after the leader has acknowledged them. Only speed: what is wrong here is a conflict.
 * Thread-safe.
 */
public final class SlotMemory {
  /** It begins anew above that. */
  private static final int SLOTS_MAX = 8 * Operation.SLOTS_MAX;

  private final Coordinator coordinator;
  private final ConcurrentHashMap<EntryKey, Observation> slots = new ConcurrentHashMap<>();

  public SlotMemory(Coordinator coordinator) {
    this.coordinator = coordinator;
  }

  public Observation latest(EntryKey slot) {
    Observation known = slots.get(slot);
    return known != null ? known : coordinator.readLocal(slot).observation();
  }

  public void learn(Observation slot) {
    if (slots.size() >= SLOTS_MAX) {
      slots.clear();
    }
    slots.merge(slot.key(), slot, (old, now) -> old.revision() <= now.revision() ? now : old);
  }
}
