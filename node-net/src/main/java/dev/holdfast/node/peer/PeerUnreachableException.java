// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import org.jspecify.annotations.Nullable;

/** Certainly not delivered: there is no connection. May be retried. */
public final class PeerUnreachableException extends PeerException {
  private static final long serialVersionUID = 1;

  public PeerUnreachableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
