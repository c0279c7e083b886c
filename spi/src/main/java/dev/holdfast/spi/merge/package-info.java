/**
 * Merges of versions that were written apart. A {@link dev.holdfast.spi.merge.MergePolicy} gets the
 * confirmed head of an object, a branch beside it and what both come from, and answers with the
 * merged state or the reason why somebody has to look.
 */
@NullMarked
package dev.holdfast.spi.merge;

import org.jspecify.annotations.NullMarked;
