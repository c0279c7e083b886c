// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import org.jspecify.annotations.Nullable;

/**
 * The store can no longer keep its promises (a failed fsync, a foreign or damaged folder): this
 * process must end. Never retry: after a failed fsync the kernel may have dropped the bytes.
 */
public final class StoreFailedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StoreFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
