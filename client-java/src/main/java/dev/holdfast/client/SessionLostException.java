// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import org.jspecify.annotations.Nullable;

/** The session has ended, with all that it held. Final: open another. */
public final class SessionLostException extends HoldfastException {
  private static final long serialVersionUID = 1;

  SessionLostException(String message) {
    this(message, null);
  }

  SessionLostException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  @Override
  public boolean mayRetry() {
    return false;
  }
}
