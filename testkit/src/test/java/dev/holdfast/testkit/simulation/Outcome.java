// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.simulation;

/** What a blocking call of the real node would return or throw. */
sealed interface Outcome<T> {
  record Done<T>(T value) implements Outcome<T> {}

  record Failed<T>(Problem problem) implements Outcome<T> {}

  enum Problem {
    /** Certainly not applied. */
    UNAVAILABLE,
    /** May have been applied, or may yet be. */
    UNKNOWN
  }

  static <T> Outcome<T> unavailable() {
    return new Failed<>(Problem.UNAVAILABLE);
  }

  static <T> Outcome<T> unknown() {
    return new Failed<>(Problem.UNKNOWN);
  }
}
