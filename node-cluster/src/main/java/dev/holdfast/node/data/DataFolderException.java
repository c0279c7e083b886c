// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.data;

import org.jspecify.annotations.Nullable;

/** The data folder cannot be used; the message says why and what to do. The node does not start. */
public final class DataFolderException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DataFolderException(String message) {
    this(message, null);
  }

  public DataFolderException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
