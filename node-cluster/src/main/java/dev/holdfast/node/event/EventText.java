// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.event;

import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** An event as JSON on one line, and as a server-sent event. */
final class EventText {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private EventText() {}

  static String frame(String id, NodeEvent event) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", event.type());
    body.put("at", event.at().toString());
    body.put("node", event.node());
    body.putAll(event.details());
    return "id: "
        + id
        + "\nevent: "
        + event.type()
        + "\ndata: "
        + JSON.writeValueAsString(body)
        + "\n\n";
  }

  /** Without an id of its own: the next event has one. */
  static String gap(long missed) {
    return "event: gap\ndata: "
        + JSON.writeValueAsString(Map.of("type", "gap", "missed", missed))
        + "\n\n";
  }
}
