// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.event;

import java.util.List;

/** The types of events, as docs/reference/events.md describes them. */
public final class EventType {
  /** Told to a reader that missed something, never kept. */
  static final String GAP = "gap";

  public static final List<String> ALL =
      List.of(
          "leader_elected",
          "became_follower",
          "peer_connected",
          "peer_disconnected",
          "reconnect_failed",
          "node_unhealthy",
          "node_health_changed",
          "node_joined",
          "node_left",
          "snapshot_created",
          "snapshot_restored",
          "object_conflict",
          GAP);

  private EventType() {}
}
