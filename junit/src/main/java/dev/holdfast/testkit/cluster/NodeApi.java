// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.cluster;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The two questions that the test kit asks a node. No answer is an answer. */
final class NodeApi implements AutoCloseable {
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(ANSWER).build();

  boolean isReady(URI api) {
    return get(api.resolve("/health/ready"))
        .filter(answer -> answer.statusCode() == 200)
        .isPresent();
  }

  /** The id of the coordinator's leader, as this node sees it. */
  Optional<String> leader(URI api) {
    return get(api.resolve("/v1/cluster"))
        .filter(answer -> answer.statusCode() == 200)
        .flatMap(answer -> leaderIn(answer.body()));
  }

  private static Optional<String> leaderIn(String body) {
    try {
      JsonNode leader = JSON.readTree(body).path("leader");
      return leader.isString() ? Optional.of(leader.stringValue()) : Optional.empty();
    } catch (JacksonException e) {
      throw new IllegalStateException("GET /v1/cluster answered no JSON: " + body, e);
    }
  }

  private Optional<HttpResponse<String>> get(URI uri) {
    try {
      HttpRequest request = HttpRequest.newBuilder(uri).timeout(ANSWER).build();
      return Optional.of(http.send(request, BodyHandlers.ofString()));
    } catch (IOException e) {
      return Optional.empty(); // it is not there, or does not answer in time
    } catch (InterruptedException e) {
      throw NodeProcesses.interrupted(e);
    }
  }

  /** From 21 on a client can be closed; before, it goes with the last reference to it. */
  @Override
  public void close() {
    if ((Object) http instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
