// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import dev.holdfast.core.machine.MachineOutcome.Applied;
import dev.holdfast.core.machine.MachineOutcome.Failure;
import dev.holdfast.core.machine.MachineOutcome.Refused;
import dev.holdfast.spi.machine.DataField;
import dev.holdfast.spi.machine.Expression;
import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.MachineState;
import dev.holdfast.spi.machine.MachineTransition;
import dev.holdfast.spi.machine.MachineTransition.Target;
import dev.holdfast.spi.machine.Scope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One transition, tried on one object. In this order: the arguments are read; {@code accept} and
 * {@code set} make the new data; the rules of the transition see it; a target is chosen; the new
 * data must fit its types and the target state. Rules come to word even where a new value cannot be
 * made, since they say why in the machine's own words.
 */
final class TransitionAttempt {
  private final MachineSchema schema;
  private final MachineTransition transition;
  private final Optional<MachineObject> before;
  private final Map<String, Object> old;
  private final String state;
  private final Instant now;
  private final List<Failure> failures = new ArrayList<>();

  TransitionAttempt(
      MachineSchema schema,
      MachineTransition transition,
      Optional<MachineObject> before,
      Instant now) {
    this.schema = schema;
    this.transition = transition;
    this.before = before;
    this.old = MachineJournal.dataOf(schema, before);
    this.state = MachineJournal.stateOf(schema, before);
    this.now = now;
  }

  /** Once per attempt. */
  MachineOutcome run(Map<String, Object> raw) {
    Map<String, Object> args = new TreeMap<>();
    Map<String, Object> data = new TreeMap<>(old);
    readArguments(raw, args, data);
    if (!failures.isEmpty()) {
      return refused();
    }
    List<Failure> unset = set(new Scope(old, data, args, state, now), data);
    Scope scope = new Scope(old, data, args, state, now);
    failures.addAll(new ConditionCheck(scope, transition.name()).failures(transition.require()));
    if (!unset.isEmpty()) {
      failures.addAll(failures.isEmpty() ? unset : List.of());
      return refused();
    }
    Optional<MachineState> target = target(scope).map(schema::state);
    normalize(data);
    target.ifPresent(to -> checkTarget(to, scope));
    if (!failures.isEmpty() || target.isEmpty()) {
      return refused();
    }
    return applied(target.get().name(), args, data);
  }

  private void readArguments(
      Map<String, Object> raw, Map<String, Object> args, Map<String, Object> data) {
    Map<String, DataField> wanted = new LinkedHashMap<>(transition.args());
    for (DataField field : schema.data().values()) {
      if (transition.accept().contains(field.name())) {
        wanted.put(field.name(), field);
      }
    }
    for (String name : new TreeMap<>(raw).keySet()) {
      if (!wanted.containsKey(name)) {
        fail(
            FailureCodes.BAD_ARGUMENT,
            "there is no argument '%s'; there are %s".formatted(name, wanted.keySet()));
      }
    }
    for (DataField field : wanted.values()) {
      boolean accepted = transition.accept().contains(field.name());
      Map<String, Object> into = accepted ? data : args;
      Object value = raw.get(field.name());
      if (value != null) {
        read(field, value, FailureCodes.BAD_ARGUMENT).ifPresent(v -> into.put(field.name(), v));
      } else if (!accepted && field.initial().isPresent()) {
        into.put(field.name(), field.initial().get());
      } else if (!field.optional() && !into.containsKey(field.name())) {
        fail(FailureCodes.BAD_ARGUMENT, "argument '%s' is missing".formatted(field.name()));
      }
    }
  }

  /** All see what was accepted, and none the new value of another. */
  private List<Failure> set(Scope accepted, Map<String, Object> data) {
    List<Failure> unset = new ArrayList<>();
    for (Map.Entry<String, Optional<Expression<Object>>> change : transition.set().entrySet()) {
      try {
        change
            .getValue()
            .map(expression -> expression.evaluate(accepted))
            .ifPresentOrElse(
                value -> data.put(change.getKey(), value), () -> data.remove(change.getKey()));
      } catch (RuntimeException e) {
        unset.add(
            new Failure(
                transition.name(),
                FailureCodes.EVALUATION_FAILED,
                "the new '%s' has no value: %s".formatted(change.getKey(), e.getMessage())));
      }
    }
    return unset;
  }

  private Optional<String> target(Scope scope) {
    for (Target target : transition.to()) {
      try {
        if (target.when().map(guard -> guard.evaluate(scope)).orElse(true)) {
          return Optional.of(target.state());
        }
      } catch (RuntimeException e) {
        fail(
            FailureCodes.EVALUATION_FAILED,
            "the guard of '%s' has no value: %s".formatted(target.state(), e.getMessage()));
        return Optional.empty();
      }
    }
    fail(FailureCodes.NO_TARGET, "no guard of its targets holds");
    return Optional.empty();
  }

  /** What expressions give is not bounded, nor immutable, until it was read as its type. */
  private void normalize(Map<String, Object> data) {
    for (DataField field : schema.data().values()) {
      Object value = data.get(field.name());
      if (value != null) {
        read(field, value, FailureCodes.BAD_VALUE).ifPresent(v -> data.put(field.name(), v));
      } else if (!field.optional()) {
        fail(FailureCodes.MISSING_FIELD, "the data needs '%s'".formatted(field.name()));
      }
    }
  }

  private void checkTarget(MachineState target, Scope scope) {
    for (String field : schema.data().keySet()) {
      if (target.need().contains(field) && !scope.data().containsKey(field)) {
        fail(FailureCodes.MISSING_FIELD, "state '%s' needs '%s'".formatted(target.name(), field));
      }
    }
    failures.addAll(new ConditionCheck(scope, transition.name()).failures(target.require()));
  }

  private Optional<Object> read(DataField field, Object value, String code) {
    try {
      return Optional.of(field.type().read(value));
    } catch (IllegalArgumentException e) {
      fail(code, "'%s': %s".formatted(field.name(), e.getMessage()));
      return Optional.empty();
    }
  }

  private Applied applied(String to, Map<String, Object> args, Map<String, Object> data) {
    MachineObject after =
        new MachineObject(
            to,
            MachineObject.sorted(data),
            before.map(MachineObject::version).orElse(0L) + 1,
            MachineJournal.enteredAt(before, to, now),
            now);
    return new Applied(after, JournalEvent.between(old, after, transition.name(), state, args));
  }

  private Refused refused() {
    return new Refused(failures, transition.compensates());
  }

  private void fail(String code, String message) {
    failures.add(new Failure(transition.name(), code, message));
  }
}
