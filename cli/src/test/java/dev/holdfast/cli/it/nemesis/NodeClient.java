// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One client of REST, impatient, with a node of its own or with all of them. One thread. */
final class NodeClient implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMillis(1_500);

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final List<URI> nodes;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofMillis(700))
          .build();
  private int at;

  /**
   * @param nodes the first is asked; the next after a request that was not answered well
   */
  NodeClient(List<URI> nodes) {
    this.nodes = List.copyOf(nodes);
  }

  /** How much a request may have done. */
  enum Effect {
    /** It was answered, and the status tells. */
    ANSWERED,
    /** The node was not reached, or promises that nothing was changed. */
    NONE,
    /** No answer, or one that leaves it open. */
    UNKNOWN
  }

  record Answer(Effect effect, int status, String body, Optional<String> etag) {
    boolean isOk() {
      return effect == Effect.ANSWERED && status / 100 == 2;
    }

    JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (JacksonException e) {
        throw new IllegalStateException("no JSON: " + body, e);
      }
    }

    String code() {
      return body.startsWith("{") ? json().path("code").asString("") : "";
    }

    String summary() {
      return status + " " + (code().isEmpty() ? body : code());
    }
  }

  Answer send(String method, String path, String body, String... headers)
      throws InterruptedException {
    return send(PATIENCE, method, path, body, headers);
  }

  Answer send(Duration patience, String method, String path, String body, String... headers)
      throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(nodes.get(at).resolve(path))
            .timeout(patience)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    Answer answer = send(request.build());
    if (answer.effect != Effect.ANSWERED) {
      at = (at + 1) % nodes.size();
    }
    return answer;
  }

  private Answer send(HttpRequest request) throws InterruptedException {
    try {
      HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
      Answer told =
          new Answer(
              Effect.ANSWERED,
              answer.statusCode(),
              answer.body(),
              answer.headers().firstValue("ETag"));
      return new Answer(effect(told), told.status, told.body, told.etag);
    } catch (ConnectException | HttpConnectTimeoutException e) {
      return new Answer(Effect.NONE, 0, e.toString(), Optional.empty());
    } catch (IOException e) {
      return new Answer(Effect.UNKNOWN, 0, e.toString(), Optional.empty());
    }
  }

  /** What the reference of errors promises. */
  private static Effect effect(Answer answer) {
    return switch (answer.status) {
      case 429, 507 -> Effect.NONE;
      case 503 ->
          answer.code().equals("OUTCOME_UNKNOWN") || answer.code().equals("NODE_FAILED")
              ? Effect.UNKNOWN
              : Effect.NONE;
      case 409 -> Effect.ANSWERED;
      default -> answer.status >= 500 ? Effect.UNKNOWN : Effect.ANSWERED;
    };
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
