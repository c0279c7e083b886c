// SPDX-License-Identifier: Apache-2.0
/**
 * What may be deleted: a {@link dev.holdfast.core.cleanup.CleanupPlanner} decides about passes,
 * chunks and segments, with a {@link dev.holdfast.core.cleanup.ChunkFilter} as the mark of what is
 * in use. The store carries it out.
 */
@NullMarked
package dev.holdfast.core.cleanup;

import org.jspecify.annotations.NullMarked;
