// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.operation;

import dev.holdfast.core.transition.Decision;
import dev.holdfast.core.transition.Sight;
import dev.holdfast.core.transition.Transition;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Observation;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A transition whose commands have their effect once: the slot is written with the effect, on the
 * conditions that it is as known and that the session exists. Also a command that changes nothing
 * writes its slot: its answer is final, whichever copy comes later.
 */
public abstract class OnceTransition<S, C, R> implements Transition<S, Once<C>, OnceReply<R>> {

  /** Pure. */
  public abstract Effect<S, R> effect(@Nullable S state, C command);

  /** As {@link #effect(Object, Object)}, for what also depends on other entries. */
  public Effect<S, R> effect(@Nullable S state, C command, Sight sight) {
    return effect(state, command);
  }

  /** Names its format in the first byte (R11). */
  public abstract Bytes encodeReply(R reply);

  public abstract R decodeReply(Bytes reply);

  @Override
  public final Decision<S, OnceReply<R>> decide(@Nullable S state, Once<C> once, Sight sight) {
    Operation operation = once.operation();
    if (operation == null) {
      return decided(state, effect(state, once.command(), sight), List.of(), List.of());
    }
    Observation newer = sight.known(operation.slotKey());
    Observation slot = Objects.requireNonNull(newer == null ? once.slot() : newer);
    return switch (SlotView.of(operation, slot)) {
      case SlotView.Answered(Bytes reply, long _) ->
          new Decision.Keep<>(new OnceReply.Done<>(decodeReply(reply), true));
      case SlotView.Overtaken _ -> new Decision.Keep<>(new OnceReply.Overtaken<>());
      case SlotView.Open(Condition unchanged) -> {
        Effect<S, R> effect = effect(state, once.command(), sight);
        yield decided(
            state,
            effect,
            List.of(unchanged, new Condition.Exists(operation.sessionKey())),
            List.of(SlotView.remember(operation, encodeReply(effect.reply()))));
      }
    };
  }

  private Decision<S, OnceReply<R>> decided(
      @Nullable S before, Effect<S, R> effect, List<Condition> own, List<Change> changes) {
    Set<Condition> conditions = new LinkedHashSet<>(own);
    conditions.addAll(effect.conditions());
    OnceReply<R> reply = new OnceReply.Done<>(effect.reply(), false);
    S next = effect.next();
    if (Objects.equals(before, next)) {
      return conditions.isEmpty() && changes.isEmpty()
          ? new Decision.Keep<>(reply)
          : new Decision.Beside<>(reply, List.copyOf(conditions), changes);
    }
    return next == null
        ? new Decision.Vanish<>(reply, List.copyOf(conditions), changes)
        : new Decision.Become<>(next, reply, List.copyOf(conditions), changes);
  }

  @Override
  public final @Nullable OnceReply<R> refuse(Once<C> once, Observation failed) {
    Operation operation = once.operation();
    boolean sessionGone = operation != null && failed.key().equals(operation.sessionKey());
    return sessionGone ? new OnceReply.SessionGone<>() : null; // Else decided again, knowing it.
  }
}
