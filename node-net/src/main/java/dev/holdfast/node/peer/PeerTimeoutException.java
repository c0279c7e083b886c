// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import org.jspecify.annotations.Nullable;

/** Handed over, and no reply: the other node may have done it, or may yet. */
public final class PeerTimeoutException extends PeerException {
  private static final long serialVersionUID = 1;

  public PeerTimeoutException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
