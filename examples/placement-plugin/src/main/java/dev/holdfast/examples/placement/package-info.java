/** A plugin to learn from: it overrides where the copies of some keys go. */
@NullMarked
package dev.holdfast.examples.placement;

import org.jspecify.annotations.NullMarked;
