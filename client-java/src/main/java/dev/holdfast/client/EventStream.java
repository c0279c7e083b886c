// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.WireJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Events of one node after the other: when the node dies the stream goes on at the next one, which
 * begins with a {@code gap}, since a node tells only what it noticed itself. After a broken
 * connection to the same node it resumes where it was. The listener is told on a thread of the
 * stream, one event at a time; an exception of it is reported and the stream goes on.
 */
public final class EventStream implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final long PAUSE_MILLIS = 500;
  private static final Set<String> HEAD = Set.of("type", "at", "node");

  private final ClientRuntime runtime;
  private final Set<String> types;
  private final Consumer<ClusterEvent> listener;
  private final Thread thread;
  private volatile boolean closed;
  private volatile @Nullable InputStream body;
  private String lastId = "";

  EventStream(ClientRuntime runtime, Set<String> types, Consumer<ClusterEvent> listener) {
    this.runtime = runtime;
    this.types = Set.copyOf(types);
    this.listener = listener;
    this.thread = new Thread(this::run, "holdfast-event-stream");
    thread.setDaemon(true);
  }

  EventStream start() {
    thread.start();
    return this;
  }

  private void run() {
    Endpoints.Walk walk = runtime.endpoints().walk();
    URI node = walk.next();
    while (!closed) {
      boolean heard = false;
      try {
        heard = listen(node);
      } catch (IOException e) {
        heard = false; // The next node is tried, or this one again.
      } catch (InterruptedException e) {
        return; // closed
      }
      if (!heard) {
        walk = runtime.endpoints().walk();
        node = walk.next();
      }
      if (!pause()) {
        return;
      }
    }
  }

  private boolean pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /** Returns when the connection has ended; whether it had been opened. */
  private boolean listen(URI node) throws IOException, InterruptedException {
    String query = types.isEmpty() ? "" : "?types=" + String.join(",", types);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(node.resolve("/v1/events" + query))
            .timeout(CONNECT)
            .header("Accept", "text/event-stream");
    if (!lastId.isEmpty()) {
      request.header("Last-Event-ID", lastId);
    }
    HttpResponse<InputStream> answer =
        runtime.http().send(request.build(), BodyHandlers.ofInputStream());
    try (InputStream stream = answer.body()) {
      body = stream;
      if (answer.statusCode() != 200 || closed) {
        return false;
      }
      read(new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8)));
    } catch (IOException e) {
      return true; // It broke: resume at the same node first.
    } finally {
      body = null;
    }
    return true;
  }

  private void read(BufferedReader lines) throws IOException {
    String id = "";
    String data = "";
    String line;
    while (!closed && (line = lines.readLine()) != null) {
      if (line.startsWith("id: ")) {
        id = line.substring("id: ".length());
      } else if (line.startsWith("data: ")) {
        data = line.substring("data: ".length());
      } else if (line.isEmpty()) {
        if (!data.isEmpty()) {
          tell(data);
        }
        if (!id.isEmpty()) {
          lastId = id;
        }
        id = "";
        data = "";
      }
    }
  }

  private void tell(String data) throws IOException {
    ClusterEvent event = event(data);
    Loudly.run("a listener of events", () -> listener.accept(event));
  }

  private static ClusterEvent event(String data) throws IOException {
    try {
      JsonNode node = WireJson.answers().readTree(data);
      Map<String, String> details = new LinkedHashMap<>();
      node.properties()
          .forEach(detail -> {
            if (!HEAD.contains(detail.getKey())) {
              details.put(detail.getKey(), detail.getValue().asString(""));
            }
          });
      String at = node.path("at").asString("");
      return new ClusterEvent(
          node.path("type").asString(""),
          at.isEmpty() ? Instant.EPOCH : Instant.parse(at),
          node.path("node").asString(""),
          details);
    } catch (JacksonException | DateTimeParseException e) {
      throw new IOException("an event cannot be read: " + data, e);
    }
  }

  /** No event is told once this has returned, but for one that is being told. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    InputStream open = body;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        return; // It is given up anyway.
      }
    }
  }
}
