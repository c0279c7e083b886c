// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

import dev.holdfast.core.transition.Decision;
import dev.holdfast.core.transition.Sight;
import dev.holdfast.core.transition.Transition;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Observation;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The real rules, but for what a subclass does to them. */
class AlteredTransition<S, C, R> implements Transition<S, C, R> {
  final Transition<S, C, R> real;

  AlteredTransition(Transition<S, C, R> real) {
    this.real = real;
  }

  @Override
  public Decision<S, R> decide(@Nullable S state, C command, Sight sight) {
    return real.decide(state, command, sight);
  }

  @Override
  public @Nullable R refuse(C command, Observation failed) {
    return real.refuse(command, failed);
  }

  @Override
  public boolean isUrgent(R reply) {
    return real.isUrgent(reply);
  }

  @Override
  public Bytes encode(S state) {
    return real.encode(state);
  }

  @Override
  public S decode(Bytes value) {
    return real.decode(value);
  }

  static <S, R> Decision<S, R> without(
      Decision<S, R> decision, Predicate<Condition> conditions, Predicate<Change> changes) {
    return switch (decision) {
      case Decision.Keep<S, R> keep -> keep;
      case Decision.Beside<S, R>(R reply, List<Condition> asked, List<Change> wanted) ->
          new Decision.Beside<>(reply, rest(asked, conditions), rest(wanted, changes));
      case Decision.Become<S, R>(S next, R reply, List<Condition> asked, List<Change> wanted) ->
          new Decision.Become<>(next, reply, rest(asked, conditions), rest(wanted, changes));
      case Decision.Vanish<S, R>(R reply, List<Condition> asked, List<Change> wanted) ->
          new Decision.Vanish<>(reply, rest(asked, conditions), rest(wanted, changes));
    };
  }

  private static <T> List<T> rest(List<T> all, Predicate<T> out) {
    return all.stream().filter(out.negate()).toList();
  }
}
