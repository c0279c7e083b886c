// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

/** A request is larger than a named limit. Never applied; the same request will fail again. */
public final class LimitExceededException extends CoordinatorException {
  private static final long serialVersionUID = 1;

  private final String limit;

  public LimitExceededException(String limit, long maximum, long actual, String next) {
    super(limit + " is " + actual + ", at most " + maximum + ". " + next, null);
    this.limit = limit;
  }

  /** The name of the limit, e.g. {@code transaction.changes}. */
  public String limit() {
    return limit;
  }

  @Override
  public boolean mayRetry() {
    return false;
  }
}
