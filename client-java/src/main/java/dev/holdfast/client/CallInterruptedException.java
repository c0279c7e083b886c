// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import org.jspecify.annotations.Nullable;

/** The thread was interrupted while it waited for an answer. Its interrupt is set again. */
public final class CallInterruptedException extends HoldfastException {
  private static final long serialVersionUID = 1;

  private final boolean mayBeDone;

  CallInterruptedException(String message, boolean mayBeDone, @Nullable Throwable cause) {
    super(message + (mayBeDone ? "; it may have been done" : ""), cause);
    this.mayBeDone = mayBeDone;
  }

  /** Whether a call with effect was under way: it may have been done, look before you repeat it. */
  public boolean mayBeDone() {
    return mayBeDone;
  }

  /** False: somebody wants this thread to stop. */
  @Override
  public boolean mayRetry() {
    return false;
  }
}
