/**
 * Count-down latches: {@code latch/<name>} holds what is left to count, and the round, so that a
 * waiter never misses that a latch was open for a moment.
 */
@NullMarked
package dev.holdfast.core.latch;

import org.jspecify.annotations.NullMarked;
