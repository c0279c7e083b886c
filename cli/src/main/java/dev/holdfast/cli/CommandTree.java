// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import dev.holdfast.cli.cleanup.CleanupCommands;
import dev.holdfast.cli.cluster.ClusterCommands;
import dev.holdfast.cli.kv.KvCommands;
import dev.holdfast.cli.local.LocalCommands;
import dev.holdfast.cli.local.NodeProgram;
import dev.holdfast.cli.lock.LockCommands;
import dev.holdfast.cli.objects.ObjectCommands;
import dev.holdfast.cli.plugin.PluginCommands;
import dev.holdfast.cli.policy.PolicyCommands;
import dev.holdfast.cli.quarantine.QuarantineCommands;
import dev.holdfast.cli.rest.RestFailures;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputLostException;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestException;
import dev.holdfast.spi.NearestWord;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;
import tools.jackson.core.JacksonException;

/** All commands under one name, with one way to fail: what happened, what to do next, exit code. */
final class CommandTree {
  private CommandTree() {}

  static CommandLine of(Terminal terminal, NodeProgram program) {
    CommandLine root = new CommandLine(new HoldfastCommand());
    root.addSubcommand("help", new CommandLine.HelpCommand());
    List<Object> commands = new ArrayList<>(LocalCommands.all(terminal, program));
    commands.addAll(ObjectCommands.all(terminal));
    commands.forEach(root::addSubcommand);
    root.addSubcommand(LockCommands.tree(terminal));
    root.addSubcommand(KvCommands.tree(terminal));
    root.addSubcommand(ClusterCommands.tree(terminal));
    root.addSubcommand(CleanupCommands.tree(terminal));
    root.addSubcommand(QuarantineCommands.tree(terminal));
    root.addSubcommand(PluginCommands.tree(terminal));
    root.addSubcommand(PolicyCommands.tree(terminal));
    // What begins with @ is a name or a value like any other, never a file of arguments.
    return root.setExpandAtFiles(false)
        .setErr(
            new PrintWriter(new OutputStreamWriter(terminal.err(), StandardCharsets.UTF_8), true))
        .setUsageHelpAutoWidth(false)
        .setUsageHelpWidth(100)
        .setParameterExceptionHandler((e, args) -> usage(terminal, e))
        .setExecutionExceptionHandler((e, line, parsed) -> failed(terminal, e));
  }

  private static int usage(Terminal terminal, ParameterException e) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    String next = suggestion(e) + "'" + command.qualifiedName() + " --help'";
    say(terminal, String.valueOf(e.getMessage()), next, ExitCode.USAGE);
    return ExitCode.USAGE.code();
  }

  /** Of the word that is no command or option here, when one is near. */
  private static String suggestion(ParameterException e) {
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return "";
    }
    String word = unmatched.getUnmatched().get(0);
    CommandSpec spec = e.getCommandLine().getCommandSpec();
    List<String> known = new ArrayList<>();
    spec.options().forEach(option -> known.addAll(List.of(option.names())));
    spec.subcommands()
        .forEach((name, line) -> {
          if (!line.getCommandSpec().usageMessage().hidden()) {
            known.add(name);
          }
        });
    known.removeIf(name -> name.startsWith("-") != word.startsWith("-"));
    return NearestWord.to(word, known).map(near -> "did you mean '" + near + "'? See ").orElse("");
  }

  private static int failed(Terminal terminal, Exception e) throws Exception {
    if (e instanceof CommandException failure) {
      return say(terminal, failure.what(), failure.next(), failure.exitCode());
    }
    if (e instanceof RestException failure) {
      CommandException told = RestFailures.told(failure);
      return say(terminal, told.what(), told.next(), told.exitCode());
    }
    if (e instanceof OutputLostException lost) {
      return outputLost(terminal, lost);
    }
    if (e instanceof JacksonException) {
      return say(
          terminal,
          "a server's answer is no JSON: " + e.getMessage(),
          "check that --server names Holdfast nodes",
          ExitCode.UNAVAILABLE);
    }
    if (e instanceof UncheckedIOException || e instanceof IOException) {
      return say(terminal, String.valueOf(e.getMessage()), "", ExitCode.REFUSED);
    }
    if (e instanceof IllegalArgumentException) {
      return say(terminal, String.valueOf(e.getMessage()), "", ExitCode.USAGE);
    }
    throw e;
  }

  /** Whoever reads a pipe knows why it goes; a full disk is news. */
  static int outputLost(Terminal terminal, OutputLostException lost) {
    if (lost.readerHasGone()) {
      return ExitCode.READER_GONE.code();
    }
    return say(
        terminal,
        "cannot write to standard output: " + lost.getMessage(),
        "what was written is not all",
        ExitCode.OUTPUT_LOST);
  }

  private static int say(Terminal terminal, String what, String next, ExitCode code) {
    boolean first = true;
    for (String line : what.lines().toList()) {
      // What others wrote may have lines of its own: indented, it cannot pass for ours.
      terminal.note((first ? "holdfast: " : "    ") + line);
      first = false;
    }
    if (!next.isEmpty()) {
      terminal.next(next);
    }
    return code.code();
  }
}
