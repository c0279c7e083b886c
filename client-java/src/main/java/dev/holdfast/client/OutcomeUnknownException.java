// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import org.jspecify.annotations.Nullable;

/**
 * The change was handed over and its answer is missing: it may have been applied. Look before you
 * repeat it.
 */
public final class OutcomeUnknownException extends HoldfastException {
  private static final long serialVersionUID = 1;

  OutcomeUnknownException(String message) {
    this(message, null);
  }

  OutcomeUnknownException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  @Override
  public boolean mayRetry() {
    return false;
  }
}
