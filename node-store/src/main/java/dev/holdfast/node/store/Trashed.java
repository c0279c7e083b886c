// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.ChunkRef;

/**
 * A chunk that nobody sees any more, and that can still come back.
 *
 * @param atMillis wall clock when it went to the trash
 */
record Trashed(ChunkRef ref, long atMillis) {}
