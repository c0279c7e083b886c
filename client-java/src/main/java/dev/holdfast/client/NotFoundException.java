// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/** There is no such object or version. */
public final class NotFoundException extends HoldfastException {
  private static final long serialVersionUID = 1;

  NotFoundException(String message) {
    super(message, null);
  }

  @Override
  public boolean mayRetry() {
    return false;
  }
}
