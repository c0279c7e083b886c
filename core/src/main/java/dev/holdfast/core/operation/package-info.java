/**
 * Exactly once (R13): an operation that must not act twice carries session, slot and sequence. Its
 * reply is kept in the entry {@code op/<session>/<slot>}, written in the same commit as its effect.
 */
@NullMarked
package dev.holdfast.core.operation;

import org.jspecify.annotations.NullMarked;
