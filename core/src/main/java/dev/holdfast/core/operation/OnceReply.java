// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.operation;

/** The answer to a {@link Once}. */
public sealed interface OnceReply<R> {
  /**
   * @param remembered whether it is the answer to an earlier copy
   */
  record Done<R>(R reply, boolean remembered) implements OnceReply<R> {}

  /** The session has ended, and nothing was done. */
  record SessionGone<R>() implements OnceReply<R> {}

  /** A later operation has used the slot: nobody waits for this answer. */
  record Overtaken<R>() implements OnceReply<R> {}
}
