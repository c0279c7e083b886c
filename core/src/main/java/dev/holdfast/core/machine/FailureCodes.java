// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

/** Why a transition is refused, where the machine has no code of its own for it. */
public final class FailureCodes {
  /** The machine has no transition for the event, or none of the picked name. */
  public static final String UNKNOWN_TRANSITION = "UNKNOWN_TRANSITION";

  /** No transition for the event leaves the state that the object is in. */
  public static final String WRONG_STATE = "WRONG_STATE";

  /** The object must be created first. */
  public static final String NOT_FOUND = "NOT_FOUND";

  /** The transition creates an object that exists. */
  public static final String ALREADY_EXISTS = "ALREADY_EXISTS";

  /** The cluster alone makes the transition. */
  public static final String NOT_FOR_CLIENTS = "NOT_FOR_CLIENTS";

  /** A timer's transition before its time. */
  public static final String TIMER_NOT_DUE = "TIMER_NOT_DUE";

  /** Several transitions may be made. */
  public static final String AMBIGUOUS_TRANSITION = "AMBIGUOUS_TRANSITION";

  /** An argument is unknown, missing, or not of its type. */
  public static final String BAD_ARGUMENT = "BAD_ARGUMENT";

  /** A field would hold what is not of its type. */
  public static final String BAD_VALUE = "BAD_VALUE";

  /** A field that the state needs would be absent. */
  public static final String MISSING_FIELD = "MISSING_FIELD";

  /** A rule without a code of its own does not hold. */
  public static final String RULE_FAILED = "RULE_FAILED";

  /** An expression has no value. */
  public static final String EVALUATION_FAILED = "EVALUATION_FAILED";

  /** No guard of the transition's targets holds. */
  public static final String NO_TARGET = "NO_TARGET";

  private FailureCodes() {}
}
