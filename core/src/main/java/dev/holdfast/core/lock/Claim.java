// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

/**
 * What {@code claim/<session>/<lock>/<holder>} holds. It is written in the commit that enqueues or
 * grants, deleted in the one that withdraws or releases, and never rewritten while its token lasts:
 * the version of a held claim is the condition of a fenced write (R17).
 */
public sealed interface Claim {
  LockMode mode();

  /**
   * @param ticket of the {@code wait/…} entry that was written with it, which may since have been
   *     moved into the lock's entry; {@link #INLINE} if there never was one
   */
  record Waiting(long ticket, LockMode mode) implements Claim {
    public static final long INLINE = -1;

    public Waiting {
      if (ticket < INLINE) {
        throw new IllegalArgumentException("No ticket: " + ticket);
      }
    }
  }

  /**
   * @param token of the grant
   * @param delayMillis how long after an expiry of its session it is released
   */
  record Held(long token, LockMode mode, long delayMillis) implements Claim {
    /** Without a delay. */
    public Held(long token, LockMode mode) {
      this(token, mode, 0);
    }
  }
}
