// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.Problem;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The cluster understood the request and refused it. Nothing was changed. */
public final class RefusedException extends HoldfastException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String code;
  private final String next;
  private final transient Map<String, Object> members;

  RefusedException(Problem problem) {
    this(problem, null);
  }

  RefusedException(Problem problem, @Nullable Throwable cause) {
    super(problem.code() + ": " + problem.detail(), cause);
    this.status = problem.status();
    this.code = problem.code();
    this.next = problem.next();
    this.members = problem.members();
  }

  RefusedException(String code, String detail, String next) {
    this(new Problem(0, code, detail, next));
  }

  /** HTTP status, 0 when this client refused the call itself. */
  public int status() {
    return status;
  }

  /** Stable, listed in docs/reference/errors.md. */
  public String code() {
    return code;
  }

  /** What the caller can do now. */
  public String next() {
    return next;
  }

  /** Further members of the answer, such as {@code position}. */
  public Map<String, Object> members() {
    return members;
  }

  @Override
  public boolean mayRetry() {
    return false;
  }
}
