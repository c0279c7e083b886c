// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/** The life of a {@link Session}: {@code CONNECTED ⇄ SUSPENDED → LOST | CLOSED}. */
public enum SessionState {
  CONNECTED,
  /** No node answers at present; the client looks for another one until the deadline. */
  SUSPENDED,
  /** Ended by the cluster, or its deadline has passed. Final. */
  LOST,
  /** Closed by this program. Final. */
  CLOSED;

  public boolean isFinal() {
    return this == LOST || this == CLOSED;
  }
}
