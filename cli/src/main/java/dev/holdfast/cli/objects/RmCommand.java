package dev.holdfast.cli.objects;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.ProgressBar;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.protocol.ObjectBodies;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes objects. */
@Command(
    name = "rm",
    description = "Delete an object, or with -r a prefix and all that is below it.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast rm docs/report.pdf", "  holdfast rm -r backup/photos"})
final class RmCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "KEY",
      description = "A key; with -r a prefix in the sense of a folder.")
  private String key = "";

  @Option(
      names = {"-r", "--recursive"},
      description = "Also all keys below KEY/.")
  private boolean recursive;

  @Option(
      names = "--fence",
      paramLabel = "LOCK;TOKEN",
      description = "Refuse the deletion when the lock has moved on.")
  private String fence = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  RmCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    String prefix = KeyPrefix.clean(key);
    if (prefix.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE, "'" + key + "' would delete everything", "name a key or a prefix");
    }
    try (RestClient rest = servers.connect(terminal)) {
      ObjectsClient objects = new ObjectsClient(rest);
      List<String> keys = recursive ? below(rest, objects, prefix) : List.of(key);
      try (ProgressBar bar = new ProgressBar(terminal, "rm", keys.size(), 0, System::nanoTime)) {
        ParallelWork.forEach(
            keys,
            each -> {
              objects.delete(each, fence);
              bar.finishedItem();
            });
      }
      if (output.json()) {
        terminal.json(Map.of("deleted", keys));
      } else {
        terminal.line("deleted " + (recursive ? keys.size() + " objects under " + prefix : key));
      }
      return ExitCode.OK.code();
    }
  }

  private List<String> below(RestClient rest, ObjectsClient objects, String prefix) {
    List<String> keys =
        ListingGap.requireNoGap(terminal, rest, KeyPrefix.list(objects, prefix)).objects().stream()
            .map(ObjectBodies.Info::key)
            .toList();
    if (keys.isEmpty()) {
      throw new CommandException(
          ExitCode.NOT_FOUND, "there is no object " + prefix + " and none below it", "");
    }
    return keys;
  }
}
