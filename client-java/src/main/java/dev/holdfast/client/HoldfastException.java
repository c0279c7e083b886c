// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import org.jspecify.annotations.Nullable;

/**
 * Everything that the client throws about the cluster. Answers whether the call may be repeated.
 */
public abstract sealed class HoldfastException extends RuntimeException
    permits CallInterruptedException,
        LockLostException,
        NotFoundException,
        OutcomeUnknownException,
        RefusedException,
        SessionLostException,
        UnavailableException,
        WaitTimeoutException {
  private static final long serialVersionUID = 1;

  HoldfastException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** True when the call certainly had no effect and may succeed when it is repeated unchanged. */
  public abstract boolean mayRetry();
}
