// SPDX-License-Identifier: Apache-2.0
/**
 * Frees what nothing needs any more: a {@link dev.holdfast.node.cleanup.Cleaner} forgets old
 * deletions and runs the collector of chunks of this node on a schedule, at once when space is low,
 * and when it is asked to. In between {@link dev.holdfast.node.cleanup.Removals} take away what a
 * {@link dev.holdfast.spi.cleanup.CleanupPolicy} lets go: the bytes of old versions, and surplus
 * copies.
 */
@NullMarked
package dev.holdfast.node.cleanup;

import org.jspecify.annotations.NullMarked;
