// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.event;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One thing that a node noticed. docs/reference/events.md lists the types with their details.
 *
 * @param sequence rises by one with each event of this start of the node
 * @param type in small letters with underscores, such as {@code leader_elected}
 * @param at the node's wall clock, for people
 * @param node who noticed it
 * @param details strings and numbers by name, in the order in which they are written
 */
public record NodeEvent(
    long sequence, String type, Instant at, String node, Map<String, Object> details) {
  public NodeEvent {
    details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
  }
}
