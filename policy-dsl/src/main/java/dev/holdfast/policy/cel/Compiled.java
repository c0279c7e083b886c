// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import dev.holdfast.spi.machine.Expression;
import java.util.List;
import java.util.Optional;

/**
 * An expression, or why it is none.
 *
 * @param expression empty when one of the faults forbids it
 * @param guard its logic, for an expression that is true or false
 */
public record Compiled(
    Optional<Expression<Object>> expression, Optional<GuardFormula> guard, List<Fault> faults) {
  public Compiled {
    faults = List.copyOf(faults);
  }
}
