// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.folder.DurableFile;
import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Saves the agreed state, to be imported into a cluster with another coordinator. */
@Command(
    name = "export",
    description = {
      "Save the agreed state to a file, for 'cluster import'.",
      "",
      "The file has all that was agreed on, at one revision, with a checksum: heads of objects and"
          + " whatever else has entries. Sessions, locks and what belongs to the nodes are left out;"
          + " the file has the number that later tokens must exceed. The bytes of objects stay on the"
          + " nodes. Stop the clients first: a cluster that is written to all the time cannot be"
          + " exported, which ends with exit code 5."
    },
    footerHeading = "%nExamples:%n",
    footer = "  holdfast cluster export state.jsonl")
final class ExportCommand implements Callable<Integer> {
  private static final Duration ANSWER = Duration.ofMinutes(10);

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "Written when all of it has come; durable when this ends.")
  private String file = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  ExportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Path target = terminal.resolve(file);
    try (RestClient rest = servers.connect(terminal);
        InputStream body =
            rest.send(RestRequest.of("GET", "/v1/cluster/export").within(ANSWER)).body()) {
      DurableFile.replace(target, body);
    } catch (IOException e) {
      throw new CommandException(
          ExitCode.REFUSED, "the export was not saved: " + e.getMessage(), "try again", e);
    }
    if (output.json()) {
      terminal.json(Map.of("file", target.toString()));
    } else {
      terminal.line("exported to " + target);
    }
    return ExitCode.OK.code();
  }
}
