// SPDX-License-Identifier: Apache-2.0
/**
 * Frees what nothing needs any more: a {@link dev.holdfast.node.cleanup.Cleaner} forgets old
 * deletions and runs the collector of chunks of this node on a schedule, at once when space is low,
 * and when it is asked to.
 */
@NullMarked
package dev.holdfast.node.cleanup;

import org.jspecify.annotations.NullMarked;
