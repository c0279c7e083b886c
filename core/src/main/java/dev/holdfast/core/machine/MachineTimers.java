// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.MachineState;
import dev.holdfast.spi.machine.MachineTimer;
import dev.holdfast.spi.machine.Scope;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** When the cluster itself has to act on an object. */
public final class MachineTimers {
  private MachineTimers() {}

  /** What comes next if nothing else happens. */
  public sealed interface Due {
    Instant at();

    /** A transition by timer. */
    record Fire(Instant at, String transition) implements Due {}

    /** The object is deleted. */
    record Purge(Instant at) implements Due {}
  }

  /** The earliest; of several at one moment the first of the document. */
  public static Optional<Due> next(MachineSchema schema, MachineObject object) {
    MachineState state = schema.state(object.state());
    Stream<Due> timers =
        state.timers().stream()
            .flatMap(
                timer -> moment(timer, object).map(at -> new Due.Fire(at, timer.fire())).stream());
    Stream<Due> purge =
        state.purge().flatMap(span -> plus(object.enteredAt(), span)).map(Due.Purge::new).stream()
            .map(Due.class::cast);
    return Stream.concat(timers, purge).min(Comparator.comparing(Due::at));
  }

  /** When a transition is fired at the earliest; empty for one that no timer fires now. */
  static Optional<Instant> due(MachineSchema schema, MachineObject object, String transition) {
    return schema.state(object.state()).timers().stream()
        .filter(timer -> timer.fire().equals(transition))
        .flatMap(timer -> moment(timer, object).stream())
        .min(Comparator.naturalOrder());
  }

  private static Optional<Instant> moment(MachineTimer timer, MachineObject object) {
    return switch (timer) {
      case MachineTimer.Idle idle -> plus(object.changedAt(), idle.span());
      case MachineTimer.After after -> plus(object.enteredAt(), after.span());
      case MachineTimer.At at -> named(at, object);
    };
  }

  /** A moment that has no value yet is no moment. */
  private static Optional<Instant> named(MachineTimer.At timer, MachineObject object) {
    Scope scope =
        new Scope(object.data(), object.data(), Map.of(), object.state(), object.changedAt());
    try {
      return Optional.of(timer.moment().evaluate(scope));
    } catch (RuntimeException _) {
      return Optional.empty();
    }
  }

  /** Beyond the end of time nothing is due. */
  private static Optional<Instant> plus(Instant moment, Duration span) {
    try {
      return Optional.of(moment.plus(span));
    } catch (DateTimeException | ArithmeticException _) {
      return Optional.empty();
    }
  }
}
