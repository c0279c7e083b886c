// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/**
 * The life of a {@link Hold}: {@code PENDING → HELD ⇄ AT_RISK → LOST | RELEASED}. The last two are
 * final; acquiring again gives a new hold with a new token.
 */
public enum HoldState {
  /** Asked for, not granted. */
  PENDING,
  HELD,
  /** Held, but the session cannot be renewed at present: it may be LOST at its deadline. */
  AT_RISK,
  /** Taken away, or the session's deadline has passed. */
  LOST,
  /** Released, or withdrawn before it was granted. */
  RELEASED;

  public boolean isFinal() {
    return this == LOST || this == RELEASED;
  }
}
