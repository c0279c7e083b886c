/**
 * Merges JSON documents that were changed apart. {@code JsonMergePolicy} reads the three documents
 * into {@code JsonTree}s, {@code ThreeWayMerge} decides member by member.
 */
@NullMarked
package dev.holdfast.plugins.merge;

import org.jspecify.annotations.NullMarked;
