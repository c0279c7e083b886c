// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.kv;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.protocol.MapBodies;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

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
      MapBodies.Written deleted =
          rest.read(
              conditions.on(RestRequest.of("DELETE", options.target(key))),
              MapBodies.Written.class);
      long revision = deleted.version();
      if (output.json()) {
        terminal.json(Map.of("map", options.map(), "key", key, "revision", revision));
      } else {
        terminal.line("deleted " + key);
      }
      return ExitCode.OK.code();
    }
  }
}
