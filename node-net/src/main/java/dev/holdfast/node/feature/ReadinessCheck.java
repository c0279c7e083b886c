// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.feature;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What must hold before this node takes work. Asked at every request for readiness, on any thread,
 * so it must answer at once.
 *
 * @param name stands in the answer, e.g. {@code majority}
 * @param fault empty when all is well, else one sentence on what is missing
 */
public record ReadinessCheck(String name, Supplier<Optional<String>> fault) {

  /**
   * @param fault the sentence while the condition does not hold
   */
  public static ReadinessCheck that(String name, BooleanSupplier holds, String fault) {
    return new ReadinessCheck(
        name, () -> holds.getAsBoolean() ? Optional.empty() : Optional.of(fault));
  }
}
