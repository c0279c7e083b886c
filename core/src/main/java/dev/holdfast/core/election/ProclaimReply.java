// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.election;

/** What a {@link ProclaimCommand} led to. */
public sealed interface ProclaimReply {
  /**
   * The value is known, or was overtaken by a later one of the same holder.
   *
   * @param sequence of what is known now
   */
  record Known(long sequence) implements ProclaimReply {}

  /** The lock is not held under this token any more. */
  record NotHeld() implements ProclaimReply {}

  /** Deleted, or something else by now. */
  record Swept() implements ProclaimReply {}
}
