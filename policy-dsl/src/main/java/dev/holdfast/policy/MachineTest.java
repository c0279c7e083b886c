// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A test that a document brings: where an object begins, what is done to it, what is then the case.
 *
 * @param line where it stands, from 1
 * @param given empty for an object that nobody has created
 */
public record MachineTest(String name, int line, Optional<Given> given, List<Step> steps) {
  public MachineTest {
    steps = List.copyOf(steps);
  }

  record Given(String state, Map<String, Object> data) {}

  /**
   * @param line where it stands, from 1
   */
  record Step(int line, Act act, Expectation then) {}

  /** What is done. */
  sealed interface Act {}

  record Ask(String event, Optional<String> pick, Map<String, Object> args) implements Act {}

  /** Time goes by, and timers fire. */
  record Wait(Duration span) implements Act {}

  /** All steps so far are undone. */
  record Compensate() implements Act {}

  /**
   * What is the case then; what it does not name may be anything.
   *
   * @param state {@code none} for no object
   * @param data values of fields, empty for those that are absent
   * @param errors exactly these codes; none when the step must succeed
   * @param message part of one of the messages
   */
  record Expectation(
      Optional<String> state,
      Map<String, Optional<Object>> data,
      Optional<Long> version,
      List<String> errors,
      Optional<String> message,
      Optional<Object> reply) {}
}
