/**
 * The decisions of Holdfast, and nothing else: no clock, no thread, no I/O, no random. Everything
 * here is a function of its arguments, so that a whole cluster can be simulated from a seed.
 */
@NullMarked
package dev.holdfast.core;

import org.jspecify.annotations.NullMarked;
