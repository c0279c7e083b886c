// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import dev.holdfast.spi.machine.MachineSchema;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One applied transition: enough to find the next object from the one before it.
 *
 * @param version that it led to
 * @param from the state before it, {@link MachineSchema#NONE} when there was no object and the
 *     machine has no initial state
 * @param put fields whose value is new
 * @param removed fields that are gone
 * @param args of the call, read and checked
 */
public record JournalEvent(
    long version,
    String transition,
    String from,
    String to,
    SortedMap<String, Object> put,
    Set<String> removed,
    SortedMap<String, Object> args,
    Instant at) {
  public JournalEvent {
    put = MachineObject.sorted(put);
    removed = Set.copyOf(removed);
    args = MachineObject.sorted(args);
  }

  /** What lies between two states of the data. */
  static JournalEvent between(
      Map<String, Object> before,
      MachineObject after,
      String transition,
      String from,
      Map<String, Object> args) {
    SortedMap<String, Object> put = new TreeMap<>(after.data());
    put.entrySet().removeIf(field -> field.getValue().equals(before.get(field.getKey())));
    Set<String> removed = new HashSet<>(before.keySet());
    removed.removeAll(after.data().keySet());
    return new JournalEvent(
        after.version(),
        transition,
        from,
        after.state(),
        put,
        removed,
        MachineObject.sorted(args),
        after.changedAt());
  }
}
