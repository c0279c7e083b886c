// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import org.jspecify.annotations.Nullable;

/** Handed over, and no answer came in time: it may have been applied, or may yet be. Read first. */
public final class OutcomeUnknownException extends CoordinatorException {
  private static final long serialVersionUID = 1;

  public OutcomeUnknownException(String message) {
    this(message, null);
  }

  public OutcomeUnknownException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  @Override
  public boolean mayRetry() {
    return false;
  }
}
