// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/** The lock was not granted in the time that the caller gave. */
public final class WaitTimeoutException extends HoldfastException {
  private static final long serialVersionUID = 1;

  private final boolean withdrawn;

  WaitTimeoutException(String message, boolean withdrawn) {
    super(message, null);
    this.withdrawn = withdrawn;
  }

  /**
   * True when the cluster has confirmed that the request is gone; false when no node answered yet
   * and the session goes on withdrawing it in the background. It is never granted in either case.
   */
  public boolean isWithdrawn() {
    return withdrawn;
  }

  @Override
  public boolean mayRetry() {
    return true;
  }
}
