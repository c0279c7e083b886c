package dev.holdfast.node.fence;

import dev.holdfast.spi.coordinator.Condition;

/** Turns {@code LOCK;TOKEN} into a condition of a commit (R17: the claim's version). */
public interface Fences {
  /**
   * Reads linearizably who holds the lock under this token.
   *
   * @return the condition that the claim of that holder is unchanged
   * @throws dev.holdfast.node.http.ProblemException 412 {@code FENCED} when the lock has moved on,
   *     400 {@code BAD_FENCE} when the text is not {@code LOCK;TOKEN}
   */
  Condition condition(String fence);
}
