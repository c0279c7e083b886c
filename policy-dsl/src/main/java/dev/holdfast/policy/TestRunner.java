// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.core.machine.Compensation;
import dev.holdfast.core.machine.MachineObject;
import dev.holdfast.core.machine.MachineOutcome;
import dev.holdfast.core.machine.MachineOutcome.Applied;
import dev.holdfast.core.machine.MachineOutcome.Existing;
import dev.holdfast.core.machine.MachineOutcome.Failure;
import dev.holdfast.core.machine.MachineOutcome.Refused;
import dev.holdfast.policy.MachineTest.Ask;
import dev.holdfast.policy.MachineTest.Compensate;
import dev.holdfast.policy.MachineTest.Expectation;
import dev.holdfast.policy.MachineTest.Step;
import dev.holdfast.policy.MachineTest.Wait;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs the tests that a document brings. */
public final class TestRunner {
  private TestRunner() {}

  /**
   * @param line of the test, or of the step that failed
   * @param failures empty for a test that passed
   */
  public record Result(String machine, String test, int line, List<String> failures) {
    public Result {
      failures = List.copyOf(failures);
    }

    public boolean passed() {
      return failures.isEmpty();
    }
  }

  /** What a step led to, whatever it was. */
  private record Seen(List<Failure> failures, Optional<Object> reply) {}

  public static List<Result> run(CompiledMachine machine) {
    return machine.tests().stream().map(test -> run(machine, test)).toList();
  }

  private static Result run(CompiledMachine machine, MachineTest test) {
    MachineRun run = new MachineRun(machine.schema());
    test.given().ifPresent(given -> run.begin(given.state(), given.data()));
    for (Step step : test.steps()) {
      Seen seen = perform(run, step);
      List<String> failures = differences(run, seen, step.then());
      if (!run.journalHolds()) {
        failures.add("the journal does not give the object");
      }
      if (!failures.isEmpty()) {
        return new Result(machine.name(), test.name(), step.line(), failures);
      }
    }
    return new Result(machine.name(), test.name(), test.line(), List.of());
  }

  private static Seen perform(MachineRun run, Step step) {
    return switch (step.act()) {
      case Ask ask -> seen(run.ask(ask.event(), ask.pick(), ask.args()));
      case Wait wait -> {
        List<Failure> failures = new ArrayList<>();
        run.advance(wait.span()).forEach(outcome -> failures.addAll(seen(outcome).failures()));
        yield new Seen(failures, Optional.empty());
      }
      case Compensate _ -> {
        Compensation.Undone undone = run.compensate();
        yield new Seen(undone.failures(), Optional.empty());
      }
    };
  }

  private static Seen seen(MachineOutcome outcome) {
    return switch (outcome) {
      case Applied _ -> new Seen(List.of(), Optional.empty());
      case Refused refused -> new Seen(refused.failures(), Optional.empty());
      case Existing existing ->
          new Seen(
              List.of(new Failure("", existing.code(), "the object exists")), existing.reply());
    };
  }

  private static List<String> differences(MachineRun run, Seen seen, Expectation then) {
    List<String> differences = new ArrayList<>();
    List<String> codes = seen.failures().stream().map(Failure::code).toList();
    if (!codes.equals(then.errors())) {
      differences.add(
          "error is %s, not %s%s".formatted(codes, then.errors(), messages(seen.failures())));
    }
    then.message()
        .filter(m -> seen.failures().stream().noneMatch(f -> f.message().contains(m)))
        .ifPresent(
            m -> differences.add("no message has '%s'%s".formatted(m, messages(seen.failures()))));
    then.state()
        .filter(state -> !state.equals(run.state()))
        .ifPresent(state -> differences.add("state is %s, not %s".formatted(run.state(), state)));
    long version = run.object().map(MachineObject::version).orElse(0L);
    then.version()
        .filter(v -> v != version)
        .ifPresent(v -> differences.add("version is %d, not %d".formatted(version, v)));
    then.reply()
        .filter(reply -> !seen.reply().equals(Optional.of(reply)))
        .ifPresent(reply -> differences.add("reply is %s, not %s".formatted(seen.reply(), reply)));
    then.data()
        .forEach((field, wanted) -> {
          Optional<Object> found =
              run.object().flatMap(o -> Optional.ofNullable(o.data().get(field)));
          if (!found.equals(wanted)) {
            differences.add("%s is %s, not %s".formatted(field, shown(found), shown(wanted)));
          }
        });
    return differences;
  }

  private static String messages(List<Failure> failures) {
    return failures.isEmpty()
        ? ""
        : ": " + String.join("; ", failures.stream().map(Failure::message).toList());
  }

  private static String shown(Optional<Object> value) {
    return value.map(String::valueOf).orElse("absent");
  }
}
