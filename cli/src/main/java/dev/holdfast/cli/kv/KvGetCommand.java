// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.kv;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.protocol.MapBodies;
import dev.holdfast.protocol.WireHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "get",
    description = {
      "Print the value of a key.",
      "",
      "These bytes and nothing else; only on a terminal a line break follows, so that the next prompt"
          + " stands alone."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast kv get greeting", "  holdfast kv get --map config limits/rate --json"})
final class KvGetCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
  private String key = "";

  @Option(
      names = "--local",
      description = "What one node has applied, without agreement: may be old.")
  private boolean local;

  @Mixin private KvOptions options = new KvOptions();
  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  KvGetCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (RestClient rest = servers.connect(terminal)) {
      HttpResponse<byte[]> answer =
          rest.bytes(RestRequest.of("GET", options.target(key) + (local ? "?local=true" : "")));
      byte[] value = answer.body();
      if (output.json()) {
        terminal.json(document(answer, value));
      } else {
        terminal.out().write(value, 0, value.length);
        if (terminal.tty().out()) {
          terminal.out().println();
        }
        terminal.out().flush();
      }
      return ExitCode.OK.code();
    }
  }

  private Map<String, Object> document(HttpResponse<?> answer, byte[] value) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("map", options.map());
    document.put("key", key);
    document.put("version", number(answer, "ETag"));
    document.put("value", new String(value, StandardCharsets.UTF_8));
    document.put("base64", Base64.getEncoder().encodeToString(value));
    document.put("revision", number(answer, WireHeaders.REVISION));
    if (local) {
      document.put("ageMillis", number(answer, MapBodies.AGE_HEADER));
    }
    return document;
  }

  private static long number(HttpResponse<?> answer, String header) {
    return Long.parseLong(answer.headers().firstValue(header).orElse("0").replace("\"", ""));
  }
}
