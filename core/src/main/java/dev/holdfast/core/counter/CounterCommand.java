// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.counter;

/** A change of a counter, which is 0 when it was never set. */
public sealed interface CounterCommand {
  record Add(long delta) implements CounterCommand {}

  record Assign(long value) implements CounterCommand {}

  record CompareAndSet(long expected, long value) implements CounterCommand {}
}
