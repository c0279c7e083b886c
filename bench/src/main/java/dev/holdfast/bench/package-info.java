/**
 * Figures, side by side with the peer in the same run. {@code Bench} is the entry; every row is a
 * {@code Load} that is offered by so many callers for so long. Never a part of the tests: the
 * machines are shared and noisy.
 */
@NullMarked
package dev.holdfast.bench;

import org.jspecify.annotations.NullMarked;
