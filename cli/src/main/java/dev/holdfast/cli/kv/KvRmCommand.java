package dev.holdfast.cli.kv;

import dev.holdfast.cli.rest.RestClient;
import dev.holdfast.cli.rest.RestRequest;
import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "rm",
    description = "Delete a key, which may be absent.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast kv rm greeting", "  holdfast kv rm --if-version 4711 leader"})
final class KvRmCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
  private String key = "";

  @Mixin private WriteOptions conditions = new WriteOptions();
  @Mixin private KvOptions options = new KvOptions();
  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  KvRmCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      JsonNode deleted =
          rest.json(
              conditions.on(
                  RestRequest.of("DELETE", options.target(key))
                      .body(BodyPublishers::noBody, /* mayRepeat= */ false)));
      long revision = deleted.path("version").asLong();
      if (output.json()) {
        terminal.json(Map.of("map", options.map(), "key", key, "revision", revision));
      } else {
        terminal.line("deleted " + key);
      }
      return ExitCode.OK.code();
    }
  }
}
