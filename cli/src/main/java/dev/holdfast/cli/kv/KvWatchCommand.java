// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.kv;

import dev.holdfast.cli.rest.ServerOptions;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputLostException;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.StandardOutput;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.Codec;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.HoldfastException;
import dev.holdfast.client.MapClient;
import dev.holdfast.client.MapEvent;
import dev.holdfast.client.MapListener;
import dev.holdfast.client.MapWatch;
import dev.holdfast.client.rest.ServerAddress;
import dev.holdfast.protocol.DurationText;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "watch",
    description = {
      "Print the entries of a map, and then each change, one a line.",
      "",
      "Goes on when its node dies. Ends on Ctrl-C, after --for, and when nobody reads its output"
          + " any more."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast kv watch", "  holdfast kv watch --map config limits/ --from-now --json"})
final class KvWatchCommand implements Callable<Integer> {
  /** One document a line, unlike the other commands: a stream has no end. */
  private static final ObjectMapper LINES = JsonMapper.builder().build();

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PREFIX",
      description = "How the keys begin. Default: all.")
  private String prefix = "";

  @Option(names = "--from-now", description = "Only changes, not what is there already.")
  private boolean fromNow;

  @Option(
      names = "--for",
      paramLabel = "DURATION",
      description = "End after this time, with exit code 0.")
  private String limit = "";

  @Mixin private KvOptions options = new KvOptions();
  @Mixin private ServerOptions servers = new ServerOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  KvWatchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    CompletableFuture<String> ended = new CompletableFuture<>();
    StandardOutput.onReaderGone(ended::completeExceptionally);
    String nodes =
        servers.addresses(terminal).stream()
            .map(ServerAddress::toString)
            .collect(Collectors.joining(","));
    try (Holdfast holdfast = Holdfast.connect(nodes);
        MapWatch _ = watch(holdfast.map(options.map(), Codec.BYTES), ended)) {
      String reason =
          limit.isEmpty()
              ? ended.get()
              : ended.get(DurationText.parse(limit).toMillis(), TimeUnit.MILLISECONDS);
      throw new CommandException(
          ExitCode.UNAVAILABLE, "the watch has ended: " + reason, "start it again");
    } catch (TimeoutException e) {
      return ExitCode.OK.code();
    } catch (HoldfastException e) {
      throw new CommandException(
          ExitCode.UNAVAILABLE, String.valueOf(e.getMessage()), "try again", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(ExitCode.UNAVAILABLE, "interrupted", "", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof OutputLostException lost) {
        throw lost;
      }
      throw new IllegalStateException("ends by its output or with a reason", e);
    }
  }

  private MapWatch watch(MapClient<byte[]> map, CompletableFuture<String> ended) {
    MapListener<byte[]> listener =
        new MapListener<>() {
          @Override
          public void changed(MapEvent<byte[]> event) {
            try {
              print(event);
            } catch (OutputLostException e) {
              ended.completeExceptionally(e); // Nobody reads on: the command ends.
            }
          }

          @Override
          public void ended(String reason) {
            ended.complete(reason);
          }
        };
    return fromNow ? map.watchFromNow(prefix, listener) : map.watch(prefix, listener);
  }

  private void print(MapEvent<byte[]> event) {
    String value = event.value().map(bytes -> new String(bytes, StandardCharsets.UTF_8)).orElse("");
    if (output.json()) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("key", event.key());
      line.put("version", event.version());
      line.put("deleted", event.isDeleted());
      if (!event.isDeleted()) {
        line.put("value", value);
      }
      terminal.line(LINES.writeValueAsString(line));
    } else {
      terminal.line(
          event.version()
              + (event.isDeleted()
                  ? " deleted " + event.key()
                  : " " + event.key() + " = " + value));
    }
    terminal.out().flush();
  }
}
