// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import dev.holdfast.protocol.Problem;
import java.util.List;

/** A server answered, and the answer is an error. Nothing was done. */
public final class ProblemException extends RestException {
  private static final long serialVersionUID = 1;

  private final transient Problem problem;
  private final transient ServerAddress server;
  private final String others;

  ProblemException(Problem problem, ServerAddress server, List<Attempt> others) {
    super(
        problem.code()
            + ": "
            + problem.detail()
            + (others.isEmpty() ? "" : "; asked: " + Attempt.text(others)),
        null);
    this.others = Attempt.text(others);
    this.problem = problem;
    this.server = server;
  }

  public Problem problem() {
    return problem;
  }

  /** Who said so. */
  public ServerAddress server() {
    return server;
  }

  /** All servers that were asked and what each said, empty when this answer is the only one. */
  public String others() {
    return others;
  }

  public boolean is(String code) {
    return problem.code().equals(code);
  }
}
