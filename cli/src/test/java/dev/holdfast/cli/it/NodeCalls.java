// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import dev.holdfast.spi.Bytes;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.cluster.LocalNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

/** Plain HTTP to one node, never to another: the stories are about what this very node says. */
final class NodeCalls implements AutoCloseable {
  /** A node answers every request, also with a refusal, within its own deadline of 30 s. */
  static final Duration ANSWER = Duration.ofSeconds(40);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  record Answer(int status, Bytes bytes) {
    byte[] body() {
      return bytes.toArray();
    }

    String text() {
      return bytes.toUtf8();
    }
  }

  /** Agreed on, or refused. */
  Answer put(LocalNode node, String key, byte[] content) throws IOException {
    return send(
        request(node, "/v1/objects/" + key + "?consistency=confirmed")
            .PUT(BodyPublishers.ofByteArray(content)));
  }

  Answer get(LocalNode node, String key) throws IOException {
    return send(request(node, "/v1/objects/" + key + "?read=confirmed_only").GET());
  }

  /** How many of the first thousand keys that begin so have objects of this size. */
  int countOfSize(LocalNode node, String prefix, long sizeBytes) throws IOException {
    String listing =
        send(request(node, "/v1/objects?prefix=" + prefix + "&limit=1000").GET()).text();
    return listing.split("\"size\":" + sizeBytes + ",", -1).length - 1;
  }

  /** How many keys begin so, counted up to a limit. */
  int keys(LocalNode node, String prefix, int limit) throws IOException {
    String listing =
        send(request(node, "/v1/objects?prefix=" + prefix + "&limit=" + limit).GET()).text();
    return listing.split("\"key\"", -1).length - 1;
  }

  Answer delete(LocalNode node, String key) throws IOException {
    return send(request(node, "/v1/objects/" + key + "?consistency=confirmed").DELETE());
  }

  private static HttpRequest.Builder request(LocalNode node, String path) {
    return HttpRequest.newBuilder(node.apiUri().resolve(path)).timeout(ANSWER);
  }

  private Answer send(HttpRequest.Builder request) throws IOException {
    try {
      HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
      return new Answer(answer.statusCode(), Bytes.wrap(answer.body()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted", e);
    }
  }

  /** A figure of {@code /metrics}; 0 when the node has none of that name yet. */
  double metric(LocalNode node, String name) throws IOException {
    return send(request(node, "/metrics").GET())
        .text()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .sum();
  }

  /**
   * Waits until each of these nodes, all of the cluster, has compared what it holds with what the
   * cluster agreed on, and no copy is on its way to any of them.
   */
  void awaitAllCopies(LocalCluster cluster, Duration deadline) {
    List<LocalNode> nodes = cluster.nodes();
    Await.until(
        deadline,
        () -> "all copies are where they belong\n" + cluster.logTails(),
        () -> nodes.stream().allMatch(this::hasItsCopies));
  }

  private boolean hasItsCopies(LocalNode node) {
    try {
      return metric(node, "holdfast_objects_comparisons") >= 1
          && metric(node, "holdfast_objects_queued") == 0;
    } catch (IOException e) {
      return false; // not up yet
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
