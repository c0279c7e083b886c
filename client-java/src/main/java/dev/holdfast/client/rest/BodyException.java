// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import org.jspecify.annotations.Nullable;

/**
 * The body could not be read, or has other than the announced bytes. It was never sent whole, so
 * nothing was stored; no server is to blame.
 */
public final class BodyException extends RestException {
  private static final long serialVersionUID = 1;

  BodyException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
