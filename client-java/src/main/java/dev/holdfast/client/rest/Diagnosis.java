// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import dev.holdfast.protocol.ClusterBodies;
import dev.holdfast.protocol.WireJson;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;

/**
 * When all servers have failed a call, one of them that lives knows which nodes are missing: it
 * answers that from its memory.
 */
final class Diagnosis {
  private static final Duration ANSWER = Duration.ofSeconds(1);

  private final RestClient client;

  Diagnosis(RestClient client) {
    this.client = client;
  }

  /** Adds to what is known of the first server that can say more. */
  void complete(List<Attempt> attempts) {
    Set<ServerAddress> asked = new HashSet<>();
    for (Attempt attempt : List.copyOf(attempts)) {
      boolean lives = attempt.why().startsWith("503") || attempt.wasSilent();
      if (lives && asked.add(attempt.server())) {
        String missing = missing(attempt.server());
        if (!missing.isEmpty()) {
          attempts.add(new Attempt(attempt.server(), attempt.why() + "; " + missing));
          return;
        }
      }
    }
  }

  private String missing(ServerAddress server) {
    HttpRequest request =
        HttpRequest.newBuilder(server.uri().resolve("/v1/cluster")).timeout(ANSWER).build();
    try {
      HttpResponse<byte[]> answer = client.http().send(request, BodyHandlers.ofByteArray());
      ClusterBodies.Status status =
          WireJson.answers().readValue(answer.body(), ClusterBodies.Status.class);
      String offline =
          status.nodes().stream()
              .filter(node -> !"healthy".equals(node.health()))
              .map(node -> node.id() + " is " + node.health())
              .collect(Collectors.joining(", "));
      return offline.isEmpty() && !status.quorum() ? "no majority answers it" : offline;
    } catch (IOException | JacksonException e) {
      return ""; // Then it knows no more than what is told already.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
