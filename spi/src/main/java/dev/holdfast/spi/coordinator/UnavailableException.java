// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import org.jspecify.annotations.Nullable;

/** Certainly not applied: it never left this process, or it was a read. Retry. */
public final class UnavailableException extends CoordinatorException {
  private static final long serialVersionUID = 1;

  public UnavailableException(String message) {
    this(message, null);
  }

  public UnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  @Override
  public boolean mayRetry() {
    return true;
  }
}
