// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import org.jspecify.annotations.Nullable;

/** The lock is no longer held, and was not released. Final: acquire anew, under a new token. */
public final class LockLostException extends HoldfastException {
  private static final long serialVersionUID = 1;

  LockLostException(String message) {
    this(message, null);
  }

  LockLostException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  @Override
  public boolean mayRetry() {
    return false;
  }
}
