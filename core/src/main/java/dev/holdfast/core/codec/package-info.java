/**
 * The bytes of entries and of a store's records: a format byte, then numbers of variable length and
 * strings with their length. Every length is checked against what is left before anything is
 * allocated, so damaged bytes end in an {@link
 * dev.holdfast.core.transition.UnreadableEntryException} and never in a lack of memory.
 */
@NullMarked
package dev.holdfast.core.codec;

import org.jspecify.annotations.NullMarked;
