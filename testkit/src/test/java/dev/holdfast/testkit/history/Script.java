// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Histories written by hand: who, what, from when to when in milliseconds, and how it ended. */
final class Script {
  private final String object;
  private final List<Operation> operations = new ArrayList<>();

  Script(String object) {
    this.object = object;
  }

  Script ok(int from, int to, String name, Map<String, String> input, Map<String, String> output) {
    return add(from, nanos(to), name, input, Outcome.OK, output);
  }

  Script refused(int from, int to, String name, Map<String, String> input, String why) {
    return add(from, nanos(to), name, input, Outcome.REFUSED, Map.of("why", why));
  }

  Script unknown(int from, String name, Map<String, String> input) {
    return add(from, Operation.OPEN, name, input, Outcome.UNKNOWN, Map.of());
  }

  Script failed(int from, int to, String name, Map<String, String> input) {
    return add(from, nanos(to), name, input, Outcome.FAILED, Map.of());
  }

  private Script add(
      int from,
      long returned,
      String name,
      Map<String, String> input,
      Outcome outcome,
      Map<String, String> output) {
    operations.add(
        new Operation(
            "p" + operations.size(), object, name, input, nanos(from), returned, outcome, output));
    return this;
  }

  private static long nanos(int millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  List<Operation> operations() {
    return List.copyOf(operations);
  }

  Verdict judgedBy(Model<?> model) {
    return new Checker(Duration.ofSeconds(20)).check(model, operations).getFirst();
  }
}
