// SPDX-License-Identifier: Apache-2.0
/**
 * Expressions in CEL, within our limits. The only package that knows {@code dev.cel}: what leaves
 * it are {@link dev.holdfast.spi.machine.Expression}s and plain facts about them.
 */
@NullMarked
package dev.holdfast.policy.cel;

import org.jspecify.annotations.NullMarked;
