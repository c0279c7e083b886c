package dev.holdfast.cli.rest;

import dev.holdfast.cli.folder.ClusterFolder;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.protocol.DurationText;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which cluster a command talks to, and how long it tries. */
public final class ServerOptions {
  static final List<URI> LOCAL_CLUSTER =
      List.of(
          URI.create("http://127.0.0.1:7600"),
          URI.create("http://127.0.0.1:7610"),
          URI.create("http://127.0.0.1:7620"));

  @Option(
      names = "--server",
      paramLabel = "URL,...",
      description =
          "Nodes to talk to, any of them. Default: HOLDFAST_SERVERS, else the cluster in .holdfast/,"
              + " else 127.0.0.1:7600,7610,7620.")
  private String server = "";

  @Option(
      names = "--patience",
      paramLabel = "DURATION",
      defaultValue = "10s",
      description =
          "How long to keep trying while no node can answer, e.g. during a fail-over."
              + " Default: ${DEFAULT-VALUE}.")
  private String patience = "10s";

  /** The caller closes it. */
  public RestClient connect(Terminal terminal) {
    return new RestClient(servers(terminal), DurationText.parse(patience), System::nanoTime);
  }

  /** For what is no REST. */
  public List<URI> addresses(Terminal terminal) {
    return servers(terminal);
  }

  List<URI> servers(Terminal terminal) {
    String named =
        server.isBlank() ? terminal.environment().getOrDefault("HOLDFAST_SERVERS", "") : server;
    if (!named.isBlank()) {
      return parse(named);
    }
    Optional<ClusterFolder> local = ClusterFolder.existing(terminal.resolve(ClusterFolder.DEFAULT));
    return local.map(folder -> folder.layout().apis()).orElse(LOCAL_CLUSTER);
  }

  /** The addresses of a list with commas; {@code http://} may be left away. */
  public static List<URI> parse(String list) {
    return Arrays.stream(list.split(","))
        .map(String::strip)
        .filter(text -> !text.isEmpty())
        .map(ServerOptions::server)
        .toList();
  }

  private static URI server(String text) {
    String url = text.contains("://") ? text : "http://" + text;
    try {
      URI uri = URI.create(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (http && uri.getHost() != null && uri.getPath().isEmpty()) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      throw bad(text, e);
    }
    throw bad(text, null);
  }

  private static CommandException bad(
      String text, @org.jspecify.annotations.Nullable Exception cause) {
    return new CommandException(
        ExitCode.USAGE,
        "'" + text + "' is no server address",
        "write it as http://127.0.0.1:7600, several separated by commas",
        cause);
  }
}
