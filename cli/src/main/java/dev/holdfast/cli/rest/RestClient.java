package dev.holdfast.cli.rest;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.protocol.WireJson;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * REST with several servers: stays with one that answers, goes to the next when it does not, and
 * keeps trying while the cluster elects a leader, up to its patience. A request that may have been
 * carried out is sent again only when that does no harm; else the caller learns that its outcome is
 * unknown. Blocking, safe for any number of threads.
 */
public final class RestClient implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 1_000;

  private final List<URI> servers;
  private final Duration patience;
  private final LongSupplier nanoTime;
  private final HttpClient http;
  private final AtomicInteger current = new AtomicInteger();

  /**
   * @param servers at least one
   * @param patience how long to go on while no server gives an answer; zero asks each once
   */
  public RestClient(List<URI> servers, Duration patience, LongSupplier nanoTime) {
    if (servers.isEmpty()) {
      throw new IllegalArgumentException("no server given");
    }
    this.servers = List.copyOf(servers);
    this.patience = patience;
    this.nanoTime = nanoTime;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();
  }

  public List<URI> servers() {
    return servers;
  }

  /** Sends and reads the JSON answer; a missing body is an empty object. */
  public JsonNode json(RestRequest request) {
    try (InputStream body = send(request).body()) {
      byte[] bytes = body.readAllBytes();
      return bytes.length == 0 ? Terminal.JSON.createObjectNode() : Terminal.JSON.readTree(bytes);
    } catch (IOException e) {
      throw unknown(request, e);
    }
  }

  /** Sends and reads the answer as a record of the protocol. */
  public <T> T read(RestRequest request, Class<T> type) {
    try (InputStream body = send(request).body()) {
      return WireJson.answers().readValue(body.readAllBytes(), type);
    } catch (IOException e) {
      throw unknown(request, e);
    }
  }

  /** Sends a request whose answer has nothing to read. */
  public void done(RestRequest request) {
    try (InputStream body = send(request).body()) {
      body.readAllBytes();
    } catch (IOException e) {
      throw unknown(request, e);
    }
  }

  /**
   * Sends and hands out the body as a stream, which the caller closes.
   *
   * @throws ProblemException when a server answered with an error
   * @throws CommandException when none answered, or the outcome is unknown
   */
  public HttpResponse<InputStream> send(RestRequest request) {
    long deadline = nanoTime.getAsLong() + patience.toNanos();
    long pause = FIRST_PAUSE_MILLIS;
    for (int attempt = 1; ; attempt++) {
      Failure failure;
      int at = Math.floorMod(current.get(), servers.size());
      URI server = servers.get(at);
      try {
        HttpResponse<InputStream> response =
            http.send(build(request, server), BodyHandlers.ofInputStream());
        if (response.statusCode() < 400) {
          return response;
        }
        Problem problem = problem(response, server);
        if (!problem.mayPass()
            || (problem.code().equals("OUTCOME_UNKNOWN") && !request.repeatable())) {
          throw new ProblemException(problem);
        }
        failure = new Failure(problem, null);
      } catch (ConnectException | HttpConnectTimeoutException e) {
        failure = new Failure(null, e);
      } catch (IOException e) {
        if (!request.repeatable()) {
          throw unknown(request, e);
        }
        failure = new Failure(null, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CommandException(ExitCode.UNAVAILABLE, "interrupted", "", e);
      }
      current.compareAndSet(at, (at + 1) % servers.size());
      if (attempt % servers.size() == 0) {
        if (nanoTime.getAsLong() + pause * 1_000_000 >= deadline) {
          throw failure.asException(servers);
        }
        pause(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
      }
    }
  }

  private static HttpRequest build(RestRequest request, URI server) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(URI.create(server + request.target()))
            .method(request.method(), request.body().get())
            .timeout(request.timeout());
    for (int i = 0; i < request.headers().size(); i += 2) {
      builder.header(request.headers().get(i), request.headers().get(i + 1));
    }
    return builder.build();
  }

  private static Problem problem(HttpResponse<InputStream> response, URI server)
      throws IOException {
    try (InputStream body = response.body()) {
      return Problem.parse(response.statusCode(), body.readAllBytes(), server);
    }
  }

  private static CommandException unknown(RestRequest request, IOException cause) {
    return new CommandException(
        ExitCode.OUTCOME_UNKNOWN,
        "the connection broke after " + request.method() + " was sent: " + cause.getMessage(),
        "it may or may not have been done; look, then decide whether to repeat it",
        cause);
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(ExitCode.UNAVAILABLE, "interrupted", "", e);
    }
  }

  @Override
  public void close() {
    // shutdownNow, not close: a download that was given up must not hold up the command's end.
    http.shutdownNow();
  }

  private record Failure(@Nullable Problem problem, @Nullable IOException cause) {
    RuntimeException asException(List<URI> servers) {
      if (problem != null) {
        return new ProblemException(problem);
      }
      String reason = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
      return new CommandException(
          ExitCode.UNAVAILABLE,
          "no server answers at "
              + String.join(", ", servers.stream().map(URI::toString).toList())
              + reason,
          "start a cluster with 'holdfast up', or name one with --server or HOLDFAST_SERVERS",
          cause);
    }
  }
}
