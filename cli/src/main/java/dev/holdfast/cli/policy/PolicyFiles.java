// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.policy;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.policy.CompiledMachine;
import dev.holdfast.policy.PolicyCompiler;
import dev.holdfast.policy.PolicyCompiler.Compilation;
import dev.holdfast.policy.Problem;
import dev.holdfast.policy.Report;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Finds, reads and compiles the files that a command names. */
final class PolicyFiles {
  private static final String SUFFIX = ".yaml";

  private final Terminal terminal;

  PolicyFiles(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * A file, compiled.
   *
   * @param name as the user would write it
   */
  record Compiled(String name, String text, Compilation compilation) {
    List<String> lines(Problem problem) {
      return new Report(text).lines(problem);
    }
  }

  List<Compiled> compile(List<String> names) {
    List<Compiled> compiled = new ArrayList<>();
    for (String name : names) {
      for (String file : files(name)) {
        String text = read(file);
        compiled.add(new Compiled(file, text, PolicyCompiler.compile(file, text)));
      }
    }
    return compiled;
  }

  /**
   * A machine without errors.
   *
   * @param machine its name; empty for the first of the file
   */
  CompiledMachine machine(String file, String machine) {
    Compiled compiled = compile(List.of(file)).get(0);
    if (compiled.compilation().hasErrors()) {
      compiled.compilation().problems().stream()
          .filter(Problem::isError)
          .flatMap(problem -> compiled.lines(problem).stream())
          .forEach(terminal::note);
      throw new CommandException(
          ExitCode.REFUSED,
          file + " has errors",
          "mend them; 'holdfast policy check' shows them too");
    }
    return compiled.compilation().machines().stream()
        .filter(found -> machine.isEmpty() || found.name().equals(machine))
        .findFirst()
        .orElseThrow(() ->
            new CommandException(
                ExitCode.NOT_FOUND,
                "%s has no machine '%s'".formatted(file, machine),
                "leave --machine out for the first one"));
  }

  private List<String> files(String name) {
    Path path = terminal.resolve(name);
    if (!Files.isDirectory(path)) {
      return List.of(name);
    }
    try (Stream<Path> entries = Files.list(path)) {
      List<String> files =
          entries
              .map(entry -> String.valueOf(entry.getFileName()))
              .filter(entry -> entry.endsWith(SUFFIX))
              .sorted()
              .map(entry -> Path.of(name).resolve(entry).toString())
              .toList();
      if (files.isEmpty()) {
        throw new CommandException(
            ExitCode.NOT_FOUND, name + " has no *" + SUFFIX, "name a file, or another folder");
      }
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String read(String name) {
    Path path = terminal.resolve(name);
    if (!Files.exists(path)) {
      throw new CommandException(
          ExitCode.NOT_FOUND, name + " does not exist", "name a file of policies");
    }
    try {
      return Files.readString(path);
    } catch (CharacterCodingException e) {
      throw new CommandException(ExitCode.REFUSED, name + " is not UTF-8", "save it as UTF-8", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
