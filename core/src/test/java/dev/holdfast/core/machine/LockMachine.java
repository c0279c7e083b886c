// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import dev.holdfast.spi.machine.Condition;
import dev.holdfast.spi.machine.Condition.Complaint;
import dev.holdfast.spi.machine.Condition.Rule;
import dev.holdfast.spi.machine.DataField;
import dev.holdfast.spi.machine.DataType;
import dev.holdfast.spi.machine.Expression;
import dev.holdfast.spi.machine.ExpressionException;
import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.MachineState;
import dev.holdfast.spi.machine.MachineTimer;
import dev.holdfast.spi.machine.MachineTransition;
import dev.holdfast.spi.machine.MessageTemplate;
import dev.holdfast.spi.machine.Scope;
import dev.holdfast.spi.machine.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A timed lock with a fence, written in Java. */
final class LockMachine {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private static final DataType NAME = new DataType.Text(1, 128);
  private static final DataType COUNT = new DataType.Int(0, Long.MAX_VALUE);

  private LockMachine() {}

  static MachineSchema schema() {
    MachineState held =
        new MachineState(
            "held",
            "Held",
            false,
            Set.of("holder", "until"),
            List.of(),
            List.of(new MachineTimer.At(scope -> (Instant) get(scope.data(), "until"), "expire")),
            Optional.empty());
    return MachineSchema.of(
        "timed-lock",
        List.of(
            DataField.optional("holder", NAME),
            DataField.starting("fence", COUNT, 0L),
            DataField.optional("until", new DataType.Time())),
        "free",
        List.of(MachineState.of("free", "Nobody holds it"), held),
        List.of(acquire(), release(), expire()));
  }

  private static MachineTransition acquire() {
    return MachineTransition.builder("acquire", "free", "held")
        .argument(DataField.required("client", NAME))
        .argument(DataField.required("ttl", new DataType.Span()))
        .require(
            rule(
                scope -> !((Duration) get(scope.args(), "ttl")).isZero(),
                "BAD_TTL",
                _ -> "the ttl is zero"))
        .set("holder", scope -> get(scope.args(), "client"))
        .set("fence", scope -> (long) get(scope.old(), "fence") + 1)
        .set("until", scope -> scope.now().plus((Duration) get(scope.args(), "ttl")))
        .build();
  }

  private static MachineTransition release() {
    return MachineTransition.builder("release", "held", "free")
        .argument(DataField.required("client", NAME))
        .argument(DataField.required("fence", COUNT))
        .require(
            rule(
                scope -> get(scope.args(), "client").equals(get(scope.old(), "holder")),
                "NOT_HOLDER",
                scope -> "held by " + get(scope.old(), "holder")),
            rule(
                scope -> get(scope.args(), "fence").equals(get(scope.old(), "fence")),
                "STALE_FENCE",
                scope -> "the fence is " + get(scope.old(), "fence")))
        .remove("holder")
        .remove("until")
        .build();
  }

  private static MachineTransition expire() {
    return MachineTransition.builder("expire", "held", "free")
        .by(Trigger.TIMER)
        .remove("holder")
        .remove("until")
        .build();
  }

  static Condition rule(Expression<Boolean> that, String code, Expression<String> message) {
    MessageTemplate template = new MessageTemplate("a rule does not hold", message);
    return new Rule(that, Optional.of(new Complaint(code, template)));
  }

  /** As an expression reads a field: one that is absent has no value. */
  static Object get(Map<String, Object> data, String field) {
    Object value = data.get(field);
    if (value == null) {
      throw new ExpressionException("'" + field + "' is absent", null);
    }
    return value;
  }

  static Scope scope() {
    return new Scope(Map.of(), Map.of(), Map.of(), "free", START);
  }
}
