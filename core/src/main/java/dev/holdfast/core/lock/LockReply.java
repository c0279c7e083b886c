// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

/** What a {@link LockCommand} led to. */
public sealed interface LockReply {
  /** The owner holds the lock: since now, or (a duplicate, or a late cancel) since before. */
  record Granted(long token) implements LockReply {}

  /**
   * The owner waits.
   *
   * @param position requests ahead of it; an upper bound in a long queue
   */
  record Queued(long position) implements LockReply {}

  /**
   * Not free, and the request did not want to wait.
   *
   * @param position requests that would have been ahead of it
   */
  record LockHeld(long position) implements LockReply {}

  /** {@link LockState#OVERFLOW_MAX} requests wait already. */
  record QueueFull(long waiters) implements LockReply {}

  /** A hold has ended. */
  record Released(long token) implements LockReply {}

  /** The owner does not hold the lock, or not with this token. */
  record NotHeld() implements LockReply {}

  /** The owner neither holds nor waits, and no request sent before this can make it. */
  record Cancelled() implements LockReply {}

  /** The claim is not as the command saw it, and nothing was changed: look again, and ask anew. */
  record Moved() implements LockReply {}

  /**
   * What was asked for has been released or cancelled since. Safe to send anew, as a new request
   * with a newer revision.
   */
  record StaleRequest() implements LockReply {}

  /** The session of the owner has ended. */
  record SessionGone() implements LockReply {}

  /**
   * The lock is in use with other modes, or the owner has it in another mode.
   *
   * @param permits all permits of the lock as it is in use; 0 for exclusive and shared
   */
  record ModeMismatch(int permits) implements LockReply {}

  /**
   * As long as the outcome says that a refill is needed, the home reads the next page and sends it.
   *
   * @param moved waiters that are now in the lock's own entry, or were granted; 0 when the page was
   *     out of date, or held only tickets that were cancelled
   */
  record Refilled(int moved) implements LockReply {}

  /** The entry is gone. */
  record Forgotten() implements LockReply {}

  /** In use, or its fence is not yet below the revision: try again later. */
  record NotForgotten() implements LockReply {}
}
