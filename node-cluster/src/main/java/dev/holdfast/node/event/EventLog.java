// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.event;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what operators look for in a log: one line for a change of who leads or who answers. */
final class EventLog {
  private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

  private EventLog() {}

  static void write(NodeEvent event) {
    line(event).ifPresent(line -> LOG.info("{}", line));
  }

  /** Empty for events that other lines tell already, or that come too often. */
  static Optional<String> line(NodeEvent event) {
    Object peer = event.details().get("peer");
    return Optional.ofNullable(
        switch (event.type()) {
          case "leader_elected" ->
              event.node().equals(event.details().get("leader"))
                  ? "This node leads, term " + event.details().get("term")
                  : event.details().get("leader") + " leads, term " + event.details().get("term");
          case "became_follower" -> "This node does not lead any more";
          case "node_unhealthy" ->
              "%s does not answer any more: %s".formatted(peer, event.details().get("reason"));
          case "node_health_changed" ->
              "healthy".equals(event.details().get("after")) ? peer + " answers again" : null;
          case "node_joined" -> peer + " is a member, at " + event.details().get("api");
          case "node_left" -> peer + " is no member any more";
          default -> null;
        });
  }
}
