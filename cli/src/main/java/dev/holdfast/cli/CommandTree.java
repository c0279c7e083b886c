package dev.holdfast.cli;

import dev.holdfast.cli.cluster.ClusterCommands;
import dev.holdfast.cli.kv.KvCommands;
import dev.holdfast.cli.local.LocalCommands;
import dev.holdfast.cli.local.NodeProgram;
import dev.holdfast.cli.lock.LockCommands;
import dev.holdfast.cli.objects.ObjectCommands;
import dev.holdfast.cli.plugin.PluginCommands;
import dev.holdfast.cli.rest.RestFailures;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestException;
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
    root.addSubcommand(PluginCommands.tree(terminal));
    return root.setOut(
            new PrintWriter(new OutputStreamWriter(terminal.out(), StandardCharsets.UTF_8), true))
        .setErr(
            new PrintWriter(new OutputStreamWriter(terminal.err(), StandardCharsets.UTF_8), true))
        .setUsageHelpAutoWidth(false)
        .setUsageHelpWidth(100)
        .setParameterExceptionHandler((e, args) -> usage(terminal, e))
        .setExecutionExceptionHandler((e, line, parsed) -> failed(terminal, e));
  }

  private static int usage(Terminal terminal, ParameterException e) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    terminal.note("holdfast: " + e.getMessage());
    terminal.note("  next: " + command.qualifiedName() + " --help");
    return ExitCode.USAGE.code();
  }

  private static int failed(Terminal terminal, Exception e) throws Exception {
    if (e instanceof CommandException failure) {
      return say(terminal, failure.what(), failure.next(), failure.exitCode());
    }
    if (e instanceof RestException failure) {
      CommandException told = RestFailures.told(failure);
      return say(terminal, told.what(), told.next(), told.exitCode());
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

  private static int say(Terminal terminal, String what, String next, ExitCode code) {
    terminal.note("holdfast: " + what);
    if (!next.isEmpty()) {
      terminal.note("  next: " + next);
    }
    return code.code();
  }
}
