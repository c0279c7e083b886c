// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.ChunkRef;

/** A chunk and its bytes, which nobody writes to any more. */
@SuppressWarnings("ArrayRecordComponent") // a megabyte is passed on, never compared
public record Chunk(ChunkRef ref, byte[] bytes) {
  public static Chunk of(byte[] bytes) {
    return new Chunk(ChunkRef.of(bytes), bytes);
  }
}
