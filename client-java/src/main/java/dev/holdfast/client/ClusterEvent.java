// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.time.Instant;
import java.util.Map;

/**
 * Something that a node noticed, such as a new leader. docs/reference/events.md lists the types.
 *
 * @param type such as {@code leader_elected}; {@code gap} says that events were missed
 * @param at the node's wall clock; the epoch for a gap
 * @param node who noticed it; empty for a gap
 * @param details by name, numbers as text
 */
public record ClusterEvent(String type, Instant at, String node, Map<String, String> details) {
  public ClusterEvent {
    details = Map.copyOf(details);
  }
}
