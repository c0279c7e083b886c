// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.operation;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;

/** What a slot says about an operation. */
public sealed interface SlotView {
  /** It was not answered yet: it may act under this condition, that the slot stays as it is. */
  record Open(Condition unchanged) implements SlotView {}

  /** It was answered, at this revision. */
  record Answered(Bytes reply, long revision) implements SlotView {}

  /** A later operation has used the slot: nobody waits for the answer to this one. */
  record Overtaken() implements SlotView {}

  static SlotView of(Operation operation, Observation slot) {
    Entry entry = slot.entry();
    if (entry == null) {
      return new Open(slot.unchanged());
    }
    SlotRecord last = SlotRecord.decode(entry.value());
    if (last.sequence() < operation.sequence()) {
      return new Open(slot.unchanged());
    }
    return last.sequence() == operation.sequence()
        ? new Answered(last.reply(), entry.version())
        : new Overtaken();
  }

  /** Remembers the reply; belongs into the commit of the effect. */
  static Change remember(Operation operation, Bytes reply) {
    return new Change.Put(
        operation.slotKey(), new SlotRecord(operation.sequence(), reply).encode());
  }
}
