// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import org.jspecify.annotations.Nullable;

/** Certainly not applied: no node could be reached, or none could act. Try again. */
public final class UnavailableException extends HoldfastException {
  private static final long serialVersionUID = 1;

  UnavailableException(String message) {
    this(message, null);
  }

  UnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  @Override
  public boolean mayRetry() {
    return true;
  }
}
