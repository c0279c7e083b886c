package dev.holdfast.cli.cluster;

import dev.holdfast.cli.rest.RestClient;
import dev.holdfast.cli.rest.RestRequest;
import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import java.io.FileNotFoundException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Takes over an exported state. */
@Command(
    name = "import",
    description = {
      "Take over the state that 'cluster export' saved.",
      "",
      "Only into a new cluster, before anybody writes to it; else the exit code is 4. An import that"
          + " broke off is repeated with the same file. Revisions and tokens go on above all that the"
          + " exported cluster ever told."
    },
    footerHeading = "%nExamples:%n",
    footer = "  holdfast cluster import state.jsonl")
final class ImportCommand implements Callable<Integer> {
  private static final Duration ANSWER = Duration.ofMinutes(10);

  @Parameters(index = "0", paramLabel = "FILE", description = "As it was exported.")
  private String file = "";

  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  ImportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Path source = terminal.resolve(file);
    if (!Files.isReadable(source)) {
      throw new CommandException(ExitCode.NOT_FOUND, source + " cannot be read", "");
    }
    try (RestClient rest = servers.connect(terminal)) {
      JsonNode imported =
          rest.json(
              RestRequest.of("POST", "/v1/cluster/import")
                  .body(() -> content(source), true)
                  .within(ANSWER));
      if (output.json()) {
        terminal.json(imported);
      } else {
        terminal.line(
            "imported %d entries, the revision is %d now"
                .formatted(
                    imported.path("entries").asLong(0), imported.path("revision").asLong(0)));
      }
      return ExitCode.OK.code();
    }
  }

  private static BodyPublisher content(Path source) {
    try {
      return BodyPublishers.ofFile(source);
    } catch (FileNotFoundException e) {
      throw new UncheckedIOException(e);
    }
  }
}
