// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request with effect was handed over and its answer is missing: it may have been done. */
public final class UnknownOutcomeException extends RestException {
  private static final long serialVersionUID = 1;

  UnknownOutcomeException(RestRequest request, List<Attempt> attempts, @Nullable Throwable cause) {
    super(
        request.method()
            + " "
            + request.target()
            + " was handed over and its answer is missing: "
            + Attempt.text(attempts),
        cause);
  }
}
