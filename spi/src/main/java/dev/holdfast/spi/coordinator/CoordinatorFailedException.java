// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import org.jspecify.annotations.Nullable;

/** This process can no longer take part (failed fsync, corrupt or foreign state): it must end. */
public final class CoordinatorFailedException extends CoordinatorException {
  private static final long serialVersionUID = 1;

  public CoordinatorFailedException(String message) {
    this(message, null);
  }

  public CoordinatorFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  @Override
  public boolean mayRetry() {
    return false;
  }
}
