// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import java.time.Duration;
import java.util.List;

/** Changes of who takes part in agreement. Blocking; safe to repeat after any error. */
public interface Voters {
  /** As this process knows it. Does not block, and never fails. */
  List<Member> current();

  /**
   * Brings a member up to date, then lets it vote when a seat is free (else it observes). A member
   * with the same node id and another incarnation is replaced in the same change (R2).
   *
   * @throws UnavailableException not done, or not known to be done, in time; may be retried
   */
  void add(Member member, Duration timeout);

  /**
   * Removes a node, whatever its incarnation. Nothing happens when it is not there.
   *
   * @throws UnavailableException not done, or not known to be done, in time; may be retried
   */
  void remove(String nodeId, Duration timeout);

  /**
   * Gives the vote of a member that is down to an observer. A backend that can does it in one
   * change; the lost one is no member afterwards and must be added again when it is back.
   *
   * @throws UnavailableException not done, or not known to be done, in time; may be retried
   */
  default void replace(String lost, Member observer, Duration timeout) {
    remove(lost, timeout);
    add(observer, timeout);
  }

  /**
   * Makes a voter the leader. Nothing happens when it is already.
   *
   * @throws UnavailableException it does not vote, or does not lead in time; may be retried
   */
  void transferLeadership(String nodeId, Duration timeout);

  /**
   * Says where a member listens now, as that member told itself: it is called there from now on,
   * also without a leader. Cheap; may be repeated; other incarnations are not touched. A backend
   * whose addresses cannot change keeps this default.
   */
  default void locate(Member member) {}

  /**
   * @param incarnation of the node's data folder: an emptied disk has a new one (R2)
   * @param address {@code host:port} of its raft port
   * @param voting false for an observer
   */
  record Member(String nodeId, String incarnation, String address, boolean voting) {}
}
