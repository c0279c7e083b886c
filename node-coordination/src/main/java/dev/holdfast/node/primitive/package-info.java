/**
 * Counters, latches and barriers. Their commands are run by the home of their entry, which folds
 * those that wait into one commit, and have their effect once by their slots.
 */
@NullMarked
package dev.holdfast.node.primitive;

import org.jspecify.annotations.NullMarked;
