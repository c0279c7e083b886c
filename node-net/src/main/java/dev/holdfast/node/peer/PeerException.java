// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import org.jspecify.annotations.Nullable;

/** A call to another node failed. This very class: its handler refused or failed. */
public sealed class PeerException extends RuntimeException
    permits PeerUnreachableException, PeerTimeoutException {
  private static final long serialVersionUID = 1;

  public PeerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
