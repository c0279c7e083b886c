// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.transition;

import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import java.util.List;

/**
 * What a transition decided about one command. Side conditions and changes concern other entries
 * than the command's own and go into the same commit.
 */
public sealed interface Decision<S, R> {
  R reply();

  /** Nothing changes. The reply is given only after proof that the state was current (R4). */
  record Keep<S, R>(R reply) implements Decision<S, R> {}

  /** The entry stays as it is, while others change: the commit still asks that it has not moved. */
  record Beside<S, R>(R reply, List<Condition> conditions, List<Change> changes)
      implements Decision<S, R> {
    public Beside {
      conditions = List.copyOf(conditions);
      changes = List.copyOf(changes);
    }
  }

  /** The entry becomes {@code next}. */
  record Become<S, R>(S next, R reply, List<Condition> conditions, List<Change> changes)
      implements Decision<S, R> {
    public Become {
      conditions = List.copyOf(conditions);
      changes = List.copyOf(changes);
    }
  }

  /** The entry is deleted, or stays absent and is marked as deleted. */
  record Vanish<S, R>(R reply, List<Condition> conditions, List<Change> changes)
      implements Decision<S, R> {
    public Vanish {
      conditions = List.copyOf(conditions);
      changes = List.copyOf(changes);
    }
  }
}
