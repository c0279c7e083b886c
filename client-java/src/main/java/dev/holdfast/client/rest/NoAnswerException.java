// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** No server gave an answer; certainly nothing was done. Names every server, and why. */
public final class NoAnswerException extends RestException {
  private static final long serialVersionUID = 1;

  private final transient List<Attempt> attempts;

  NoAnswerException(List<Attempt> attempts, @Nullable Throwable cause) {
    super(
        attempts.isEmpty() ? "no server is known" : "no server answers: " + Attempt.text(attempts),
        cause);
    this.attempts = List.copyOf(attempts);
  }

  /** Whether a server took the request and was silent: the cluster runs, and cannot act. */
  public boolean isSomeoneThere() {
    return attempts.stream().anyMatch(Attempt::wasSilent);
  }

  public List<Attempt> attempts() {
    return attempts;
  }
}
