/** Counters: one number each, changed by the home of {@code counter/<name>}, folded, once. */
@NullMarked
package dev.holdfast.core.counter;

import org.jspecify.annotations.NullMarked;
