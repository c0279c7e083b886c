// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.fence;

import dev.holdfast.spi.coordinator.Condition;

/** Turns {@code LOCK;TOKEN} into a condition of a commit (R17: the claim's version). */
public interface Fences {
  /** Reads linearizably who holds the lock under this token. */
  Verdict judge(String fence);

  /** What a fence is worth now. */
  sealed interface Verdict {
    /**
     * @param unchanged the claim of the holder is
     */
    record Holds(Condition unchanged) implements Verdict {}

    /** The write must not be made. */
    sealed interface Refused extends Verdict {}

    /** Nobody holds the lock under this token any more. */
    record MovedOn(String lock, long token) implements Refused {}

    /** The text is not {@code LOCK;TOKEN}. */
    record Malformed(String fence) implements Refused {}
  }
}
