// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import org.jspecify.annotations.Nullable;

/** Something other than a definite answer. Each kind says whether the caller may retry. */
public abstract sealed class CoordinatorException extends RuntimeException
    permits UnavailableException,
        OutcomeUnknownException,
        LimitExceededException,
        CoordinatorFailedException {
  private static final long serialVersionUID = 1;

  CoordinatorException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** True when the request certainly had no effect and the same request may be sent again. */
  public abstract boolean mayRetry();
}
