// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import org.jspecify.annotations.Nullable;

/** A request without the answer that was hoped for. */
public abstract sealed class RestException extends RuntimeException
    permits BodyException,
        InterruptedCallException,
        NoAnswerException,
        ProblemException,
        UnknownOutcomeException {
  private static final long serialVersionUID = 1;

  RestException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
