// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.event;

import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /v1/events}: server-sent events of this node until the client goes. {@code
 * Last-Event-ID}, or {@code ?after=}, resumes; {@code ?types=} names those that are wanted.
 */
public final class EventRoutes implements Routes {
  private static final Operation LISTEN =
      Operation.external(
              "listen",
              "GET",
              "/v1/events",
              Operation.Scope.METADATA,
              "Server-sent events of this node, until the client goes.")
          .query("types", "Names of events with commas between them; all when it is left out.")
          .query("after", "The id of an event: those behind it. As Last-Event-ID.")
          .header("Last-Event-ID", "As after, which a browser sends when it connects again.")
          .answersBytes(200, "text/event-stream");

  private static final Logger LOG = LoggerFactory.getLogger(EventRoutes.class);

  /** A comment line, so that proxies keep the connection and a dead client is noticed. */
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);

  private final EventHub hub;

  public EventRoutes(EventHub hub) {
    this.hub = hub;
  }

  @Override
  public void register(Router router) {
    router.add(LISTEN, this::stream);
  }

  private void stream(Exchange exchange) {
    Set<String> types = types(exchange);
    String after = exchange.header("Last-Event-ID").or(() -> exchange.query("after")).orElse("");
    try (EventHub.Cursor cursor = read(hub, after)) {
      exchange.responseHeader("Content-Type", "text/event-stream; charset=utf-8");
      exchange.responseHeader("Cache-Control", "no-store");
      exchange.responseHeader("X-Accel-Buffering", "no");
      try (OutputStream out = exchange.respondStream(200, -1)) {
        if (!exchange.method().equals("HEAD")) {
          send(cursor, types, out);
        }
      }
    } catch (IOException e) {
      LOG.debug("A reader of events has gone: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * {@link EventHub#read} for a client.
   *
   * @throws ProblemException when too many read already
   */
  public static EventHub.Cursor read(EventHub hub, String after) {
    try {
      return hub.read(after);
    } catch (IllegalStateException e) {
      throw new ProblemException(
          429,
          "OVERLOADED",
          "On this node " + e.getMessage(),
          "Close some of them, or listen at another node.",
          e);
    }
  }

  private static Set<String> types(Exchange exchange) {
    for (String name : exchange.queryNames()) {
      if (!Set.of("types", "after").contains(name)) {
        throw new ProblemException(
            400,
            "BAD_QUERY",
            "There is no parameter " + name + " here",
            "Use types and after, or none.");
      }
    }
    return known(
        exchange
            .query("types")
            .filter(text -> !text.isEmpty())
            .map(text -> List.of(text.split(",", -1)))
            .orElse(List.of()));
  }

  /**
   * These types, all of which there are: whoever waits for another one would wait for ever.
   *
   * @throws ProblemException with the list of all types
   */
  public static Set<String> known(Collection<String> types) {
    for (String type : types) {
      if (!EventType.ALL.contains(type)) {
        throw new ProblemException(
            400,
            "BAD_QUERY",
            "There are no events of type '" + type + "'",
            "Use some of " + String.join(", ", EventType.ALL) + ", or none for all.");
      }
    }
    return Set.copyOf(types);
  }

  /** Ends when the node stops, and by an exception when the client has gone. */
  private void send(EventHub.Cursor cursor, Set<String> types, OutputStream out)
      throws IOException, InterruptedException {
    write(out, "retry: 1000\nid: " + cursor.position() + "\n\n");
    while (!cursor.isOver()) {
      EventHub.Batch batch = cursor.next(HEARTBEAT);
      StringBuilder text = new StringBuilder();
      if (batch.missed()) {
        text.append(EventText.gap(batch.missedCount()));
      }
      for (NodeEvent event : batch.events()) {
        if (types.isEmpty() || types.contains(event.type())) {
          text.append(EventText.frame(hub.id(event.sequence()), event));
        }
      }
      write(out, text.isEmpty() ? ":\n\n" : text.toString());
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
