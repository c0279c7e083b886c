// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import dev.holdfast.testkit.cluster.LocalNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests to single nodes, as a shell user would send them. Thread-safe. */
final class Rest implements AutoCloseable {
  /** No request may take longer, whatever happens to the cluster: "no request hangs". */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  HttpResponse<String> send(LocalNode node, String method, String path, String body)
      throws IOException, InterruptedException {
    return send(node, method, path, body, PATIENCE);
  }

  HttpResponse<String> send(
      LocalNode node, String method, String path, String body, Duration patience)
      throws IOException, InterruptedException {
    URI uri = URI.create(node.apiUri() + path);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(patience)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (takesJson(path)) {
      request.header("Content-Type", "application/json");
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  /** All routes but those whose bodies are the user's own bytes. */
  static boolean takesJson(String path) {
    return !path.startsWith("/v1/objects");
  }

  JsonNode json(LocalNode node, String path) throws IOException, InterruptedException {
    HttpResponse<String> answer = send(node, "GET", path, "");
    if (answer.statusCode() != 200) {
      throw new IOException(path + " answered " + answer.statusCode() + ": " + answer.body());
    }
    return JSON.readTree(answer.body());
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
