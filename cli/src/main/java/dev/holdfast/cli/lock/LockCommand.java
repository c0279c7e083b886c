// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.lock;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.ProblemException;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.DurationText;
import dev.holdfast.protocol.LockMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a command under a lock. */
@Command(
    name = "lock",
    synopsisSubcommandLabel = "",
    customSynopsis = {
      "holdfast lock [--ttl=DURATION] [--wait=DURATION] [--mode=MODE] [-E=CODE] NAME -- COMMAND...",
      "       holdfast lock ls [PREFIX]",
      "       holdfast lock show NAME"
    },
    description = {
      "Run a command while holding a lock.",
      "",
      "The command finds HOLDFAST_LOCK, HOLDFAST_TOKEN and HOLDFAST_SESSION in its environment. Its"
          + " exit code is passed on; -E gives a lock that is taken an exit code that the command never"
          + " uses. When the lock is lost, the command gets SIGTERM, after 5 s SIGKILL, and the exit code"
          + " is 7. With --json its output goes to stderr.",
      "",
      "At a terminal the command keeps it, so that it may ask for a password; else it runs in a"
          + " session of its own."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast lock nightly --ttl 10s -- ./job.sh",
      "  holdfast lock nightly --wait 5m -- sh -c 'echo token $HOLDFAST_TOKEN'",
      "  holdfast lock pool --mode permits:1/4 -- ./download.sh",
      "  holdfast lock nightly -E 99 -- ./job.sh || [ $? = 99 ]",
      "  holdfast lock ls",
    })
final class LockCommand implements Callable<Integer> {
  /** Servers refuse a longer wait. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

  /** What a node says of a lock that was not free in time. */
  private static final String TAKEN = "LOCK_HELD";

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "NAME",
      description = "The lock. Names with slashes are fine.")
  private String name = "";

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "What to run, after --.")
  private List<String> command = new ArrayList<>();

  @Option(
      names = "--ttl",
      paramLabel = "DURATION",
      defaultValue = "10s",
      description =
          "How long the lock outlives this process when it dies, 1s to 24h. Default: ${DEFAULT-VALUE}.")
  private String ttl = "10s";

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      defaultValue = "0",
      description = "How long to wait for the lock, up to 10m. Default: not at all.")
  private String wait = "0";

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "exclusive",
      description = "exclusive, shared or permits:N/MAX. Default: ${DEFAULT-VALUE}.")
  private String mode = "exclusive";

  @Option(
      names = {"-E", "--conflict-exit-code"},
      paramLabel = "CODE",
      description = "Exit code when the lock is taken, 0 to 255. Default: 4.")
  private int conflictExitCode = ExitCode.REFUSED.code();

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  LockCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (name.isEmpty() || command.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE, "a lock and a command are needed", "holdfast lock NAME -- COMMAND");
    }
    Duration ttlValue = DurationText.parse(ttl);
    Duration waitValue = DurationText.parse(wait);
    LockMode lockMode = LockMode.parse(mode);
    if (waitValue.compareTo(LONGEST_WAIT) > 0) {
      throw new CommandException(ExitCode.USAGE, "--wait is at most 10m, not " + wait, "");
    }
    if (conflictExitCode < 0 || conflictExitCode > 255) {
      throw new CommandException(
          ExitCode.USAGE, "-E is 0 to 255, not " + conflictExitCode, "choose one of these");
    }
    try (RestClient rest = servers.connect(terminal);
        SessionKeeper session = SessionKeeper.open(rest, ttlValue, terminal.nanos())) {
      LockRun.Outcome outcome =
          new LockRun(terminal, rest, session)
              .run(name, lockMode, waitValue, command, output.json());
      if (output.json()) {
        terminal.json(outcome);
      }
      return outcome.exitCode();
    } catch (ProblemException e) {
      if (!e.is(TAKEN)) {
        throw e;
      }
      terminal.note("holdfast: " + e.problem().detail() + " (" + TAKEN + ")");
      return conflictExitCode;
    }
  }
}
