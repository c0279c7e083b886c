// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.cluster;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RequestBody;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.protocol.ClusterBodies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes over an exported state. */
@Command(
    name = "import",
    description = {
      "Take over the state that 'cluster export' saved.",
      "",
      "Only into a new cluster, before anybody writes to it; else the exit code is 4. An import that"
          + " broke off is repeated with the same file. Revisions and tokens go on above all that the"
          + " exported cluster ever told.",
      "",
      "A cluster that was founded anew on the data folders of another answers clients only after"
          + " the import. If there is no such file, --begin-empty lets them in: what the former"
          + " cluster had agreed on is given up then, its objects too."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast cluster import state.jsonl", "  holdfast cluster import --begin-empty"})
final class ImportCommand implements Callable<Integer> {
  private static final Duration ANSWER = Duration.ofMinutes(10);

  @Parameters(index = "0", arity = "0..1", paramLabel = "FILE", description = "As it was exported.")
  private String file = "";

  @Option(names = "--begin-empty", description = "Import nothing, and wait for nothing.")
  private boolean beginEmpty;

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  ImportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (beginEmpty != file.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE,
          "either FILE is needed, or --begin-empty",
          "see 'holdfast cluster import --help'");
    }
    return beginEmpty ? begin() : importFile(terminal.resolve(file));
  }

  private int begin() {
    try (RestClient rest = servers.connect(terminal)) {
      ClusterBodies.Imported begun =
          rest.read(
              RestRequest.of("POST", "/v1/cluster/import?empty").within(ANSWER),
              ClusterBodies.Imported.class);
      if (output.json()) {
        terminal.json(begun);
      } else {
        terminal.line("the cluster begins empty");
      }
      return ExitCode.OK.code();
    }
  }

  private int importFile(Path source) {
    if (!Files.isReadable(source)) {
      throw new CommandException(ExitCode.NOT_FOUND, source + " cannot be read", "");
    }
    try (RestClient rest = servers.connect(terminal)) {
      ClusterBodies.Imported imported =
          rest.read(
              RestRequest.of("POST", "/v1/cluster/import")
                  .body(content(source))
                  .harmless() // The same file again is known.
                  .within(ANSWER),
              ClusterBodies.Imported.class);
      if (output.json()) {
        terminal.json(imported);
      } else {
        terminal.line(
            "imported %d entries, the revision is %d now"
                .formatted(imported.entries(), imported.revision()));
      }
      return ExitCode.OK.code();
    }
  }

  private static RequestBody content(Path source) {
    try {
      return RequestBody.of(source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
