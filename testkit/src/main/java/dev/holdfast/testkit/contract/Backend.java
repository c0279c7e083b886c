// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.contract;

import dev.holdfast.spi.coordinator.Coordinator;
import java.time.Duration;

/**
 * A running cluster of the backend under test. Opened once per test class; the tests use keys of
 * their own. Tests of what a backend cannot do are skipped.
 */
public interface Backend extends AutoCloseable {
  /** How many nodes there are, at least one. */
  int nodes();

  /** The coordinator of a running node, 0 to {@code nodes() - 1}. */
  Coordinator node(int index);

  /** No operation of a healthy cluster takes longer than this, nor does any wait in a test. */
  default Duration deadline() {
    return Duration.ofSeconds(20);
  }

  /** True when the revision may rise by more than one with a transaction (ZooKeeper's zxid). */
  default boolean revisionsHaveGaps() {
    return false;
  }

  /** Whether {@link #stop} and {@link #start} work. */
  default boolean canRestart() {
    return false;
  }

  /** Closes the node's coordinator. */
  default void stop(int index) {
    throw new UnsupportedOperationException();
  }

  /** Opens a stopped node on its own state again; {@link #node} gives the new coordinator. */
  default void start(int index) {
    throw new UnsupportedOperationException();
  }

  /** Whether {@link #endLease} works. */
  default boolean canEndLease() {
    return false;
  }

  /** The cluster takes the node for dead and ends its lease, though its process lives on. */
  default void endLease(int index) {
    throw new UnsupportedOperationException();
  }

  /** Whether {@link #loseNextAnswer} works. */
  default boolean canLoseAnswers() {
    return false;
  }

  /**
   * The next commit of this node throws {@code OutcomeUnknownException}.
   *
   * @param applied whether it is judged and applied all the same
   */
  default void loseNextAnswer(int index, boolean applied) {
    throw new UnsupportedOperationException();
  }

  /** Whether {@link #holdAnswers} and {@link #dropAnswers} work. */
  default boolean canHoldAnswers() {
    return false;
  }

  /** From now on, what this node asks for arrives, and no answer comes back. */
  default void holdAnswers(int index) {
    throw new UnsupportedOperationException();
  }

  /** What was held is lost, the connections of this node break, and new ones work. */
  default void dropAnswers(int index) {
    throw new UnsupportedOperationException();
  }

  @Override
  void close();
}
