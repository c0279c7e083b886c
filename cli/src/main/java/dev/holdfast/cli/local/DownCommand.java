package dev.holdfast.cli.local;

import dev.holdfast.cli.local.RunningNodes.RunningNode;
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
import picocli.CommandLine.Option;

/** Stops the nodes that {@code up} started; nothing to stop is no error. */
@Command(
    name = "down",
    description = {
      "Stop the cluster that 'holdfast up' started; its data stays.",
      "",
      "Only processes that 'up' itself started are stopped: each is known by its pid and by the"
          + " moment of its start."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast down", "  holdfast down --data /tmp/x"})
final class DownCommand implements Callable<Integer> {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = ClusterFolder.DEFAULT,
      description = "The folder that 'up' was given. Default: ${DEFAULT-VALUE}.")
  private String data = ClusterFolder.DEFAULT;

  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  DownCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    ClusterFolder folder =
        ClusterFolder.open(terminal.resolve(data))
            .orElseThrow(() ->
                new CommandException(
                    ExitCode.NOT_FOUND,
                    terminal.resolve(data) + " holds no cluster",
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

  private static List<ProcessHandle> end(List<RunningNode> running, boolean servers) {
    List<ProcessHandle> handles =
        running.stream()
            .filter(node -> node.isServer() == servers)
            .flatMap(node -> node.process().alive().stream())
            .toList();
    return LocalCluster.end(handles, UpCommand.GRACE, System::nanoTime);
  }
}
