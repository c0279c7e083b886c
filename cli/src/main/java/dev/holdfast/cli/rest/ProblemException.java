package dev.holdfast.cli.rest;

/** A server answered, and the answer is an error. */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Problem problem;

  ProblemException(Problem problem) {
    super(problem.code() + ": " + problem.detail());
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }

  public boolean is(String code) {
    return problem.code().equals(code);
  }
}
