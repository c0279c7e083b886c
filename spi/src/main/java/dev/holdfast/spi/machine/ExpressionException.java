// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

import org.jspecify.annotations.Nullable;

/** An expression has no value here. To try again with the same scope gives the same. */
public final class ExpressionException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ExpressionException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
