// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.replication;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Where the copies of one write go, and what must hold when its head is committed.
 *
 * @param holders of the key from now on, best first
 * @param targets the holders that are healthy: the only ones to send to now, and to count
 * @param copiesWanted for the reply and the head
 * @param quorum so many targets must have fsynced before the head is committed
 * @param epoch of the map that was planned with
 * @param mapVersion of the entry {@code cluster/map}
 * @param incarnationVersions of the entry {@code incarnation/<node>} of each target
 */
public record WritePlan(
    List<String> holders,
    List<String> targets,
    int copiesWanted,
    int quorum,
    long epoch,
    long mapVersion,
    Map<String, Long> incarnationVersions) {
  public static final EntryKey MAP = new EntryKey("cluster/map");

  public WritePlan {
    holders = List.copyOf(holders);
    targets = List.copyOf(targets);
    incarnationVersions = Map.copyOf(incarnationVersions);
    if (!holders.containsAll(targets) || !incarnationVersions.keySet().containsAll(targets)) {
      throw new IllegalArgumentException(targets + " of " + holders);
    }
  }

  public boolean isPossible() {
    return targets.size() >= quorum;
  }

  public static EntryKey incarnation(String nodeId) {
    return new EntryKey("incarnation/" + nodeId);
  }

  /** Those of {@code durable} that count: a node that was not chosen does not (R23). */
  public List<String> counted(Collection<String> durable) {
    return targets.stream().filter(durable::contains).toList();
  }

  /**
   * What the commit of the head rests on: nobody moved the head, the map is as planned, and no
   * counted copy is on a node that was emptied since (R23).
   */
  public List<Condition> conditions(Collection<String> counted, Observation head) {
    List<Condition> conditions = new ArrayList<>();
    conditions.add(head.unchanged());
    conditions.add(new Condition.AtVersion(MAP, mapVersion));
    for (String node : counted) {
      Long version = incarnationVersions.get(node);
      if (version == null) {
        throw new IllegalArgumentException(node + " was not planned with");
      }
      conditions.add(new Condition.AtVersion(incarnation(node), version));
    }
    return conditions;
  }
}
