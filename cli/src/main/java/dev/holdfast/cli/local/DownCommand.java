// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.folder.ClusterFolder;
import dev.holdfast.cli.folder.RunningNodes.RunningNode;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Stops the nodes that {@code up} started; nothing to stop is no error. */
@Command(
    name = "down",
    description = {
      "Stop the cluster that 'holdfast up' started; its data stays.",
      "",
      "Only processes that 'up' itself started are stopped: each is known by its pid and by the"
          + " moment of its start. A copy of the folder of a running cluster stops nothing."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast down", "  holdfast down --data /tmp/x"})
final class DownCommand implements Callable<Integer> {
  @Mixin private DataOption data = new DataOption();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  DownCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    ClusterFolder folder =
        ClusterFolder.open(data.path(terminal))
            .orElseThrow(() ->
                new CommandException(
                    ExitCode.NOT_FOUND,
                    data.path(terminal) + " holds no cluster",
                    "name the folder that 'holdfast up' was given with --data"));
    List<RunningNode> running = folder.running().alive();
    // First, so that an 'up' in the foreground knows that its nodes were stopped on purpose.
    folder.forgetRunning();
    List<ProcessHandle> killed = new ArrayList<>(end(running, false));
    // Last: nodes say good-bye to them.
    killed.addAll(end(running, true));
    if (output.json()) {
      terminal.json(Map.of("stopped", running.stream().map(RunningNode::id).toList()));
    } else if (running.isEmpty()) {
      terminal.line("Nothing runs in " + folder.path() + ".");
    } else {
      terminal.line(
          "Stopped " + String.join(", ", running.stream().map(RunningNode::id).toList()) + ".");
    }
    if (!killed.isEmpty()) {
      terminal.note("holdfast: " + killed.size() + " of them did not stop in time and were killed");
    }
    return ExitCode.OK.code();
  }

  private List<ProcessHandle> end(List<RunningNode> running, boolean servers) {
    List<ProcessHandle> handles =
        running.stream()
            .filter(node -> node.isServer() == servers)
            .flatMap(node -> node.process().alive().stream())
            .toList();
    return LocalCluster.end(handles, UpCommand.GRACE, terminal.nanos());
  }
}
