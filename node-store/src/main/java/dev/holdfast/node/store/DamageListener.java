// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.ChunkRef;

/**
 * Learns what a store found rotten, so that it is fetched from other nodes. Called on the thread
 * that found it, which may be a request's: returns at once.
 */
public interface DamageListener {
  /** A chunk was moved aside. It is no longer here. */
  void chunk(ChunkRef ref);

  /** A row was given up: what this node should hold has to be compared with what it holds. */
  void row();
}
