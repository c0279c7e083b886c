// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import dev.holdfast.spi.Bytes;
import java.util.List;

/** The manifest: where the bytes of a version are. */
public sealed interface Content {
  /** Up to so many bytes live in the record itself. */
  int INLINE_BYTES_MAX = 16 << 10;

  /** The length of every chunk but the last. */
  int FIXED_CHUNK_BYTES = 1 << 20;

  /** 32 GiB; the record then has 1.2 MiB, and must fit into one message between nodes. */
  int CHUNKS_MAX = 1 << 15;

  long SIZE_BYTES_MAX = (long) CHUNKS_MAX * FIXED_CHUNK_BYTES;

  Content NONE = new Inline(Bytes.EMPTY);

  long sizeBytes();

  List<ChunkRef> chunks();

  record Inline(Bytes bytes) implements Content {
    public Inline {
      if (bytes.length() > INLINE_BYTES_MAX) {
        throw new IllegalArgumentException(bytes.length() + " bytes inline");
      }
    }

    @Override
    public long sizeBytes() {
      return bytes.length();
    }

    @Override
    public List<ChunkRef> chunks() {
      return List.of();
    }
  }

  record Chunked(List<ChunkRef> chunks) implements Content {
    public Chunked {
      chunks = List.copyOf(chunks);
      if (chunks.isEmpty() || chunks.size() > CHUNKS_MAX) {
        throw new IllegalArgumentException(chunks.size() + " chunks");
      }
    }

    @Override
    public long sizeBytes() {
      return chunks.stream().mapToLong(ChunkRef::length).sum();
    }
  }

  /**
   * The bytes of an old version were deleted by retention. That there was one stays: its id is the
   * hash of what is left, and its parents go on to join what came before and after.
   */
  record Removed(long sizeBytes) implements Content {
    public Removed {
      if (sizeBytes < 0) {
        throw new IllegalArgumentException("sizeBytes is " + sizeBytes);
      }
    }

    @Override
    public List<ChunkRef> chunks() {
      return List.of();
    }
  }
}
