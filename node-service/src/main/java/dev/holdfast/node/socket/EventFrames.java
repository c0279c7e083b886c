// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.node.event.EventHub;
import dev.holdfast.node.event.EventRoutes;
import dev.holdfast.node.event.NodeEvent;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.websocket.CloseCode;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.EventDetail;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The events that one connection subscribed to, pushed by a virtual thread of its own. */
final class EventFrames {
  private static final Logger LOG = LoggerFactory.getLogger(EventFrames.class);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final EventHub hub;
  private final FrameChannel channel;
  private @Nullable Thread reader;
  private boolean closed;

  EventFrames(EventHub hub, FrameChannel channel) {
    this.hub = hub;
    this.channel = channel;
  }

  synchronized void subscribe(ClientFrame.SubscribeEvents frame) {
    if (closed) {
      return;
    }
    if (reader != null) {
      throw new ProblemException(
          409,
          "ALREADY_SUBSCRIBED",
          "This connection has subscribed to events already",
          "Open another connection for another choice of types.");
    }
    Set<String> types = types(frame.types());
    EventHub.Cursor cursor = EventRoutes.read(hub, frame.after());
    channel.send(event(frame.request(), cursor.position(), "subscribed"));
    reader = Thread.ofVirtual().name("events").start(() -> push(cursor, types));
  }

  private static Set<String> types(String text) {
    return text.isEmpty() ? Set.of() : EventRoutes.known(List.of(text.split(",", -1)));
  }

  private void push(EventHub.Cursor cursor, Set<String> types) {
    try (cursor) {
      while (!Thread.currentThread().isInterrupted() && !cursor.isOver()) {
        EventHub.Batch batch = cursor.next(PATIENCE);
        if (batch.missed()) {
          channel.send(event(0, "", "gap", new EventDetail("missed", batch.missedCount() + "")));
        }
        for (NodeEvent event : batch.events()) {
          if (types.isEmpty() || types.contains(event.type())) {
            channel.send(frame(event));
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      LOG.error("{} was not told of an event: its connection is closed", channel.client(), e);
      channel.close(CloseCode.INTERNAL, "an event could not be told");
    }
  }

  private ServerFrame.Event event(long request, String id, String kind, EventDetail... details) {
    return new ServerFrame.Event(request, id, kind, "", "", List.of(details));
  }

  private ServerFrame.Event frame(NodeEvent event) {
    return new ServerFrame.Event(
        0,
        hub.id(event.sequence()),
        event.type(),
        event.at().toString(),
        event.node(),
        event.details().entrySet().stream()
            .map(detail -> new EventDetail(detail.getKey(), String.valueOf(detail.getValue())))
            .toList());
  }

  synchronized void close() {
    closed = true;
    if (reader != null) {
      reader.interrupt();
    }
  }
}
