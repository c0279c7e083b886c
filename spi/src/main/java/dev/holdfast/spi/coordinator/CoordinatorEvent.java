// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

/** What a backend noticed on this process, for operators; nothing may be decided from it. */
public sealed interface CoordinatorEvent {

  /**
   * This process knows of another leader than before.
   *
   * @param leader node id
   * @param term of the leader, 0 if the backend has none
   */
  record LeaderElected(String leader, long term) implements CoordinatorEvent {}

  /**
   * This process led until now.
   *
   * @param term that it knows of, 0 if the backend has none
   */
  record BecameFollower(long term) implements CoordinatorEvent {}

  /**
   * What this process has applied up to a revision is on its disk, and the log before it may go.
   */
  record SnapshotCreated(long revision) implements CoordinatorEvent {}

  /** This process was too far behind and took over another one's state, of this revision. */
  record SnapshotRestored(long revision) implements CoordinatorEvent {}
}
