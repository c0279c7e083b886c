// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One call of one client. Times are of the monotonic clock of the machine, in nanoseconds.
 *
 * @param process who called
 * @param object what it was about; each object is checked by itself
 * @param name what was asked for, as the model of the object calls it
 * @param input of the call
 * @param callNanos before it was sent
 * @param returnNanos after it was answered; {@link #OPEN} when it may take effect at any later time
 * @param output of the answer; of a call without one, why
 */
public record Operation(
    String process,
    String object,
    String name,
    Map<String, String> input,
    long callNanos,
    long returnNanos,
    Outcome outcome,
    Map<String, String> output) {
  public static final long OPEN = Long.MAX_VALUE;

  public Operation {
    input = new TreeMap<>(input);
    output = new TreeMap<>(output);
    if (returnNanos < callNanos) {
      throw new IllegalArgumentException("returned before it was called: " + name);
    }
  }

  public boolean isOk() {
    return outcome == Outcome.OK;
  }

  public boolean isRefused() {
    return outcome == Outcome.REFUSED;
  }

  public boolean isUnknown() {
    return outcome == Outcome.UNKNOWN;
  }

  /**
   * @throws NullPointerException when the call had no such input
   */
  public String in(String key) {
    return Objects.requireNonNull(input.get(key), () -> "no input " + key + " in " + this);
  }

  public @Nullable String inIfAny(String key) {
    return input.get(key);
  }

  /**
   * @throws NullPointerException when the answer had no such part
   */
  public String out(String key) {
    return Objects.requireNonNull(output.get(key), () -> "no output " + key + " in " + this);
  }

  public @Nullable String outIfAny(String key) {
    return output.get(key);
  }

  Operation with(Outcome other, long returned, Map<String, String> answer) {
    return new Operation(process, object, name, input, callNanos, returned, other, answer);
  }

  @Override
  public String toString() {
    return "%s %s.%s%s → %s%s [%s, %s]"
        .formatted(
            process,
            object,
            name,
            input,
            outcome,
            output,
            callNanos,
            returnNanos == OPEN ? "open" : Long.toString(returnNanos));
  }
}
