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

  public List<Attempt> attempts() {
    return attempts;
  }
}
