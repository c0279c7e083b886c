// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

/** The thread was interrupted while it waited. Its interrupt is set again. */
public final class InterruptedCallException extends RestException {
  private static final long serialVersionUID = 1;

  private final boolean mayBeDone;

  InterruptedCallException(boolean mayBeDone, InterruptedException cause) {
    super("interrupted while waiting for an answer", cause);
    this.mayBeDone = mayBeDone;
  }

  /** Whether a request with effect was under way. */
  public boolean mayBeDone() {
    return mayBeDone;
  }
}
