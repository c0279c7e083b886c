// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A view of this process for operators; nothing may be decided from it.
 *
 * @param backend {@code raft}, {@code zookeeper}, {@code memory}
 * @param leader node id, null when unknown
 * @param voters node ids
 * @param observers node ids without a vote
 * @param appliedRevision of this process
 * @param lagEntries how many known commits this process has not applied, -1 if unknown
 * @param term of the leader, 0 if unknown
 */
public record CoordinatorStatus(
    String backend,
    @Nullable String leader,
    List<String> voters,
    List<String> observers,
    long appliedRevision,
    long lagEntries,
    long term) {
  public CoordinatorStatus {
    voters = List.copyOf(voters);
    observers = List.copyOf(observers);
  }
}
