// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.policy;

import dev.holdfast.cli.policy.PolicyFiles.Compiled;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.policy.CompiledMachine;
import dev.holdfast.policy.Problem;
import dev.holdfast.policy.TestRunner;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code check} and {@code test} do. */
final class PolicyChecks {
  private final Terminal terminal;
  private final boolean json;

  PolicyChecks(Terminal terminal, boolean json) {
    this.terminal = terminal;
    this.json = json;
  }

  ExitCode check(List<String> names) {
    List<Compiled> files = new PolicyFiles(terminal).compile(names);
    long errors = count(files, true);
    long warnings = count(files, false);
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("errors", errors);
      document.put("warnings", warnings);
      document.put("files", files.stream().map(PolicyChecks::shown).toList());
      terminal.json(document);
    } else {
      files.forEach(this::print);
      terminal.line("%d files, %d errors, %d warnings".formatted(files.size(), errors, warnings));
    }
    return errors == 0 ? ExitCode.OK : ExitCode.REFUSED;
  }

  private static long count(List<Compiled> files, boolean isError) {
    return files.stream()
        .flatMap(file -> file.compilation().problems().stream())
        .filter(problem -> problem.isError() == isError)
        .count();
  }

  private void print(Compiled file) {
    for (Problem problem : file.compilation().problems()) {
      file.lines(problem).forEach(terminal::line);
      terminal.line("");
    }
    for (CompiledMachine machine : file.compilation().machines()) {
      terminal.line(
          "%s: machine %s is sound, %s".formatted(file.name(), machine.name(), machine.hash()));
    }
  }

  private static Map<String, Object> shown(Compiled file) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("file", file.name());
    document.put(
        "machines",
        file.compilation().machines().stream()
            .map(machine -> Map.of("name", machine.name(), "hash", machine.hash()))
            .toList());
    document.put(
        "problems", file.compilation().problems().stream().map(PolicyChecks::shown).toList());
    return document;
  }

  private static Map<String, Object> shown(Problem problem) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("line", problem.line());
    document.put("column", problem.column());
    document.put("level", problem.code().level().name().toLowerCase(Locale.ROOT));
    document.put("code", problem.code().name());
    document.put("message", problem.message());
    document.put("help", problem.help());
    return document;
  }

  /** Files with errors have no tests that could run: they count as failed. */
  ExitCode test(List<String> names) {
    List<Compiled> files = new PolicyFiles(terminal).compile(names);
    List<Map<String, Object>> results = new ArrayList<>();
    boolean sound = true;
    int failed = 0;
    for (Compiled file : files) {
      if (file.compilation().hasErrors()) {
        sound = false;
        file.compilation().problems().stream()
            .filter(Problem::isError)
            .flatMap(problem -> file.lines(problem).stream())
            .forEach(terminal::note);
      }
      for (CompiledMachine machine : file.compilation().machines()) {
        for (TestRunner.Result result : TestRunner.run(machine)) {
          failed += result.passed() ? 0 : 1;
          results.add(shown(file, result));
        }
      }
    }
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("passed", results.size() - failed);
      document.put("failed", failed);
      document.put("sound", sound);
      document.put("tests", results);
      terminal.json(document);
    } else {
      terminal.line("%d tests, %d failed".formatted(results.size(), failed));
    }
    return failed == 0 && sound ? ExitCode.OK : ExitCode.REFUSED;
  }

  private Map<String, Object> shown(Compiled file, TestRunner.Result result) {
    if (!json) {
      terminal.line(
          "%s %s: %s"
              .formatted(result.passed() ? "ok    " : "FAILED", result.machine(), result.test()));
      result
          .failures()
          .forEach(failure ->
              terminal.line("       %s:%d: %s".formatted(file.name(), result.line(), failure)));
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("file", file.name());
    document.put("line", result.line());
    document.put("machine", result.machine());
    document.put("test", result.test());
    document.put("passed", result.passed());
    document.put("failures", result.failures());
    return document;
  }
}
