// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A state that objects may be in.
 *
 * @param label for people and diagrams
 * @param end whether no transition leaves it
 * @param need the fields that must be present
 * @param require what must hold in it; the scope's data is that of the state
 * @param timers that run while an object is in it
 * @param purge how long after it was entered the object is deleted; only of an end state
 */
public record MachineState(
    String name,
    String label,
    boolean end,
    Set<String> need,
    List<Condition> require,
    List<MachineTimer> timers,
    Optional<Duration> purge) {
  public MachineState {
    need = Set.copyOf(need);
    require = List.copyOf(require);
    timers = List.copyOf(timers);
    if (purge.isPresent() && !end) {
      throw new IllegalArgumentException("state " + name + " is not final and would be purged");
    }
    purge.ifPresent(span -> MachineTimer.requireNotNegative(name, span));
  }

  /** A state without rules and timers. */
  public static MachineState of(String name, String label) {
    return new MachineState(name, label, false, Set.of(), List.of(), List.of(), Optional.empty());
  }

  /** An end state that is kept. */
  public static MachineState end(String name, String label) {
    return new MachineState(name, label, true, Set.of(), List.of(), List.of(), Optional.empty());
  }
}
