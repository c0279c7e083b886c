// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

/**
 * What is wrong with an expression.
 *
 * @param line within the expression, from 0
 * @param column within the line, from 0
 * @param help empty when there is none
 */
public record Fault(Kind kind, int line, int column, String message, String help) {
  /** Which of the problems of a document it is. */
  public enum Kind {
    SYNTAX,
    TYPE,
    UNKNOWN_NAME,
    UNKNOWN_FIELD,
    WRONG_RESULT,
    LIMIT,
    COST,
    ABSENT_FIELD,
    UNANCHORED
  }
}
