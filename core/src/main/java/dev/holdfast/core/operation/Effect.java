// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.operation;

import dev.holdfast.spi.coordinator.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command makes of a state.
 *
 * @param next null when the entry is absent afterwards
 * @param conditions on other entries, under which it may
 */
public record Effect<S, R>(@Nullable S next, R reply, List<Condition> conditions) {
  public Effect {
    conditions = List.copyOf(conditions);
  }

  public Effect(@Nullable S next, R reply) {
    this(next, reply, List.of());
  }
}
