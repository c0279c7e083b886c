// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.policy;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.core.machine.MachineObject;
import dev.holdfast.core.machine.MachineOutcome;
import dev.holdfast.core.machine.MachineTimers.Due;
import dev.holdfast.policy.CompiledMachine;
import dev.holdfast.policy.MachinePaths;
import dev.holdfast.policy.MachineRun;
import dev.holdfast.spi.machine.DataField;
import dev.holdfast.spi.machine.DataType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** What {@code walk} does. */
final class MachineWalk {
  private final Terminal terminal;
  private final boolean json;
  private final List<Map<String, Object>> record = new ArrayList<>();

  MachineWalk(Terminal terminal, boolean json) {
    this.terminal = terminal;
    this.json = json;
  }

  ExitCode walk(String file, String name, List<String> steps, boolean interactive)
      throws IOException {
    CompiledMachine machine = new PolicyFiles(terminal).machine(file, name);
    if (steps.isEmpty() && !interactive) {
      printPaths(machine);
      return ExitCode.OK;
    }
    MachineRun run = new MachineRun(machine.schema());
    for (String step : steps) {
      step(machine, run, step);
    }
    if (interactive) {
      readSteps(machine, run);
    }
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("machine", machine.name());
      document.put("steps", record);
      terminal.json(document);
    }
    return ExitCode.OK;
  }

  private void printPaths(CompiledMachine machine) {
    Map<String, List<String>> paths = MachinePaths.shortest(machine.schema());
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("machine", machine.name());
      document.put("paths", paths);
      terminal.json(document);
    } else {
      paths.forEach((state, path) ->
          terminal.line(
              "%s: %s".formatted(state, path.isEmpty() ? "at once" : String.join(", ", path))));
    }
  }

  private void readSteps(CompiledMachine machine, MachineRun run) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!line.isBlank()) {
        try {
          step(machine, run, line.strip());
        } catch (CommandException e) {
          terminal.note(e.what());
        }
        terminal.out().flush();
      }
    }
  }

  private void step(CompiledMachine machine, MachineRun run, String text) {
    List<String> words = List.of(text.split(" +"));
    String verb = words.get(0);
    List<MachineOutcome> outcomes =
        verb.equals("wait")
            ? run.advance(span(words))
            : List.of(run.ask(verb, Optional.empty(), arguments(machine, verb, words)));
    report(run, text, outcomes);
  }

  private void report(MachineRun run, String text, List<MachineOutcome> outcomes) {
    List<String> lines = new ArrayList<>();
    outcomes.forEach(outcome -> lines.addAll(lines(outcome)));
    if (json) {
      Map<String, Object> step = new LinkedHashMap<>();
      step.put("step", text);
      step.put("result", lines);
      step.put("now", run.now().toString());
      step.put("state", run.state());
      step.put("version", run.object().map(MachineObject::version).orElse(0L));
      step.put("data", data(run));
      record.add(step);
      return;
    }
    terminal.line("> " + text);
    lines.forEach(line -> terminal.line("  " + line));
    terminal.line(
        "  %s, version %d, %s%s"
            .formatted(
                run.state(),
                run.object().map(MachineObject::version).orElse(0L),
                data(run),
                run.next().map(MachineWalk::shown).orElse("")));
  }

  private static Map<String, String> data(MachineRun run) {
    Map<String, String> data = new LinkedHashMap<>();
    run.object().ifPresent(o -> o.data().forEach((field, v) -> data.put(field, v.toString())));
    return data;
  }

  private static String shown(Due due) {
    return switch (due) {
      case Due.Fire(var at, var transition) -> ", %s at %s".formatted(transition, at);
      case Due.Purge(var at) -> ", deleted at " + at;
    };
  }

  private static List<String> lines(MachineOutcome outcome) {
    return switch (outcome) {
      case MachineOutcome.Applied applied ->
          List.of(
              "%s: %s to %s"
                  .formatted(
                      applied.event().transition(), applied.event().from(), applied.event().to()));
      case MachineOutcome.Refused refused ->
          refused.failures().stream()
              .map(failure -> "refused, %s: %s".formatted(failure.code(), failure.message()))
              .toList();
      case MachineOutcome.Existing existing ->
          List.of(
              "%s: %s"
                  .formatted(
                      existing.code(), existing.reply().map(Object::toString).orElse("no reply")));
    };
  }

  private static Duration span(List<String> words) {
    try {
      return (Duration) new DataType.Span().read(words.size() == 2 ? words.get(1) : "");
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          ExitCode.USAGE, "how long to wait: " + e.getMessage(), "write 'wait 5m'", e);
    }
  }

  private static Map<String, Object> arguments(
      CompiledMachine machine, String event, List<String> words) {
    Map<String, DataField> fields = new LinkedHashMap<>(machine.schema().data());
    machine.schema().transitions().values().stream()
        .filter(move -> move.event().equals(event))
        .forEach(move -> fields.putAll(move.args()));
    Map<String, Object> arguments = new LinkedHashMap<>();
    for (String word : words.subList(1, words.size())) {
      int sign = word.indexOf('=');
      if (sign < 1) {
        throw new CommandException(
            ExitCode.USAGE, "'%s' is no NAME=VALUE".formatted(word), "write 'client=ann'");
      }
      String name = word.substring(0, sign);
      DataField field = fields.get(name);
      arguments.put(name, value(word.substring(sign + 1), field == null ? null : field.type()));
    }
    return arguments;
  }

  /** As JSON where the type is no text; what is no JSON is refused by the machine. */
  private static Object value(String text, @Nullable DataType type) {
    boolean textual =
        type == null
            || !(type instanceof DataType.Int
                || type instanceof DataType.Bool
                || type instanceof DataType.ListOf
                || type instanceof DataType.MapOf);
    if (textual) {
      return text;
    }
    try {
      return Terminal.JSON.readValue(text, Object.class);
    } catch (JacksonException _) {
      return text;
    }
  }
}
