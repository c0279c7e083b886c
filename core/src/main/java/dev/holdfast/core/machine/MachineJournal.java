// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import dev.holdfast.spi.machine.MachineSchema;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** {@code state = fold(journal)}. */
public final class MachineJournal {
  private MachineJournal() {}

  /**
   * The object after all of the events; empty for none.
   *
   * @param events from the first version on, without gaps
   * @throws IllegalArgumentException when one is missing, repeated, or does not follow from the one
   *     before it
   */
  public static Optional<MachineObject> fold(MachineSchema schema, List<JournalEvent> events) {
    Optional<MachineObject> object = Optional.empty();
    for (JournalEvent event : events) {
      object = Optional.of(next(schema, object, event));
    }
    return object;
  }

  private static MachineObject next(
      MachineSchema schema, Optional<MachineObject> before, JournalEvent event) {
    long version = before.map(MachineObject::version).orElse(0L) + 1;
    String state = stateOf(schema, before);
    if (event.version() != version || !event.from().equals(state)) {
      throw new IllegalArgumentException(
          "version %d from %s does not follow version %d in %s"
              .formatted(event.version(), event.from(), version - 1, state));
    }
    Map<String, Object> data = new TreeMap<>(dataOf(schema, before));
    data.putAll(event.put());
    data.keySet().removeAll(event.removed());
    return new MachineObject(
        event.to(),
        MachineObject.sorted(data),
        version,
        enteredAt(before, event.to(), event.at()),
        event.at());
  }

  /** That of an object which nobody has created yet, too. */
  static String stateOf(MachineSchema schema, Optional<MachineObject> object) {
    return object
        .map(MachineObject::state)
        .orElseGet(() -> schema.initial().orElse(MachineSchema.NONE));
  }

  static Map<String, Object> dataOf(MachineSchema schema, Optional<MachineObject> object) {
    if (object.isPresent()) {
      return object.get().data();
    }
    Map<String, Object> data = new TreeMap<>();
    schema.data().forEach((name, field) -> field.initial().ifPresent(v -> data.put(name, v)));
    return data;
  }

  /** A transition from a state to itself is no entry. */
  static Instant enteredAt(Optional<MachineObject> before, String to, Instant at) {
    return before
        .filter(object -> object.state().equals(to))
        .map(MachineObject::enteredAt)
        .orElse(at);
  }
}
