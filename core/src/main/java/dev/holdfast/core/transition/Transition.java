// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.transition;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Observation;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one kind of entry. Pure.
 *
 * @param <S> state of the entry
 * @param <C> command, a sealed type
 * @param <R> reply, a sealed type
 */
public interface Transition<S, C, R> {
  /**
   * Decides about one command.
   *
   * @param state null when the entry is absent
   */
  Decision<S, R> decide(@Nullable S state, C command, Sight sight);

  /**
   * The reply to a command whose side condition did not hold when its decision was committed, while
   * the entry itself had not moved. Nothing of the command was applied.
   *
   * <p>Null when the command does not fail by that: it is then decided again, with {@code failed}
   * among {@link Sight#known()}. A decision that ignores this knowledge would fail for ever.
   *
   * @param failed what the key of that condition held instead
   */
  @Nullable R refuse(C command, Observation failed);

  /**
   * False when nobody gains by the effect of a command: then it may wait a moment for another one
   * that shares its commit.
   *
   * @param reply what it would be answered
   */
  default boolean isUrgent(R reply) {
    return true;
  }

  /** Names its format in the first byte (R11). */
  Bytes encode(S state);

  /**
   * @throws UnreadableEntryException on bytes it does not know
   */
  S decode(Bytes value);
}
