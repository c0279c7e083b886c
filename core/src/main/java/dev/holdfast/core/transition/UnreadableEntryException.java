// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.transition;

import org.jspecify.annotations.Nullable;

/** The bytes of an entry are of a format that this version does not know, or are damaged. */
public final class UnreadableEntryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public UnreadableEntryException(String message) {
    this(message, null);
  }

  public UnreadableEntryException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
