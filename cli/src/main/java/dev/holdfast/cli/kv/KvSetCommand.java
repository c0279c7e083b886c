// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.kv;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RequestBody;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.protocol.MapBodies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "set",
    description = {
      "Set a key.",
      "",
      "The key stays until it is deleted, with --ttl for a while, with --session as long as that"
          + " session. The next write of the key ends either.",
      "",
      "An answer that is lost after the request was sent is exit code 6, and is not repeated."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast kv set greeting hello",
      "  holdfast kv set --if-version 0 leader me",
      "  holdfast kv set --ttl 30s workers/7 busy",
      "  holdfast lock nightly -- sh -c 'holdfast kv set --session $HOLDFAST_SESSION at $(hostname)'",
      "  holdfast kv set --map config motd - < motd.txt"
    })
final class KvSetCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
  private String key = "";

  @Parameters(
      index = "1",
      paramLabel = "VALUE",
      description = "The value, as UTF-8; - for the bytes on stdin. At most 32 KiB.")
  private String value = "";

  @Mixin private ExpiryOptions expiry = new ExpiryOptions();
  @Mixin private WriteOptions conditions = new WriteOptions();
  @Mixin private KvOptions options = new KvOptions();
  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  KvSetCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    byte[] bytes = value.equals("-") ? stdin() : value.getBytes(StandardCharsets.UTF_8);
    try (RestClient rest = servers.connect(terminal)) {
      MapBodies.Written written =
          rest.read(
              expiry.on(
                  conditions.on(
                      RestRequest.of("PUT", options.target(key)).body(RequestBody.of(bytes)))),
              MapBodies.Written.class);
      long version = written.version();
      if (output.json()) {
        terminal.json(Map.of("map", options.map(), "key", key, "version", version));
      } else {
        terminal.line("set " + key + ", version " + version);
      }
      return ExitCode.OK.code();
    }
  }

  private byte[] stdin() {
    try {
      return terminal.in().readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
