// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import org.jspecify.annotations.Nullable;

/** Nothing was written, because too little space is free. Reads and deletes still work. */
public final class DiskFullException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DiskFullException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
