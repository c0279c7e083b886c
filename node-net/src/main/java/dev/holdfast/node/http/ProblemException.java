// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An expected error on its way to a client: {@code application/problem+json}. */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String code;
  private final String next;
  private final transient Map<String, Object> members = new LinkedHashMap<>();

  /**
   * @param code stable, in capitals, listed in docs/reference/errors.md
   * @param detail what went wrong, with the values
   * @param next what the caller can do now
   */
  public ProblemException(int status, String code, String detail, String next) {
    this(status, code, detail, next, null);
  }

  public ProblemException(
      int status, String code, String detail, String next, @Nullable Throwable cause) {
    super(detail, cause);
    this.status = status;
    this.code = code;
    this.next = next;
  }

  /** Adds a member to the JSON document, e.g. {@code position}. */
  public ProblemException with(String name, Object value) {
    members.put(name, value);
    return this;
  }

  public int status() {
    return status;
  }

  public String code() {
    return code;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }

  public String next() {
    return next;
  }

  public Map<String, Object> members() {
    return members;
  }
}
