// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.util.List;

/**
 * What one object may do, as a pure function. States are values with {@code equals}.
 *
 * <p>Steps that nobody calls for, such as the end of a session whose TTL is over, are taken by the
 * operation that is the first to show them: as late as possible, which allows all that an earlier
 * moment would allow.
 *
 * @param <S> the state
 */
public interface Model<S> {
  S initial();

  /**
   * The states in which the operation may leave the object. {@link Outcome#OK} and {@link
   * Outcome#REFUSED} must be explained with their answers; an {@link Outcome#UNKNOWN} one takes
   * effect here, whatever its answer would have been.
   *
   * @param latestNanos the latest moment at which it can have taken effect
   * @return empty when it cannot have this outcome in this state
   */
  List<S> step(S state, Operation operation, long latestNanos);

  /** False for an operation that only looks: one without an answer is left out. */
  boolean changes(Operation operation);
}
