// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

/**
 * A value that follows from the scope alone: no clock but {@link Scope#now()}, no random, no I/O,
 * no state, since every node must find the same. Called on several threads at once.
 */
@FunctionalInterface
public interface Expression<T> {
  /**
   * @throws ExpressionException when there is no value, for example since a field is absent. The
   *     interpreter then refuses the transition; the same holds for any other exception.
   */
  T evaluate(Scope scope);
}
