// SPDX-License-Identifier: Apache-2.0
/**
 * State machines as values. A {@link dev.holdfast.spi.machine.MachineSchema} says which states an
 * object may be in, what data it has, and which transitions change it under which rules. It holds
 * all that an interpreter needs and nothing of the language in which it was written: an expression
 * is a {@link dev.holdfast.spi.machine.Expression}, whether it was compiled from text or is a
 * lambda.
 */
@NullMarked
package dev.holdfast.spi.machine;

import org.jspecify.annotations.NullMarked;
