// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.cleanup;

import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;

/**
 * A set of chunks in a fixed size, as a Bloom filter: it never denies a chunk that was added, and
 * claims a few that were not. So it may say what must stay, and errs to the safe side; with another
 * salt it errs about other chunks. Source: Bloom, "Space/time trade-offs in hash coding with
 * allowable errors", 1970. Not thread-safe.
 */
public final class ChunkFilter {
  private static final int PROBES = 7;
  private static final int BITS_PER_CHUNK = 12;
  private static final int WORDS_MIN = 1 << 7;

  /** 128 MiB: room for ninety million chunks; beyond that more garbage stays. */
  private static final int WORDS_MAX = 1 << 24;

  private final long[] words;
  private final long salt;

  /**
   * @param chunks that are expected: with more, it claims more that were not added
   */
  public ChunkFilter(long chunks, long salt) {
    long wanted =
        Math.clamp(chunks, 1, Long.MAX_VALUE / BITS_PER_CHUNK) * BITS_PER_CHUNK / Long.SIZE;
    int size = Math.clamp(wanted, WORDS_MIN, WORDS_MAX);
    this.words = new long[Math.max(WORDS_MIN, Integer.highestOneBit(size - 1) << 1)];
    this.salt = salt;
  }

  /**
   * @param hash SHA-256 of the chunk
   */
  public void add(Bytes hash) {
    ByteBuffer in = hash.asBuffer();
    long at = mix(in.getLong(0) ^ salt);
    long step = mix(in.getLong(Long.BYTES) + salt) | 1;
    for (int i = 0; i < PROBES; i++, at += step) {
      words[word(at)] |= 1L << at;
    }
  }

  /** True for each that was added. */
  public boolean mayContain(Bytes hash) {
    ByteBuffer in = hash.asBuffer();
    long at = mix(in.getLong(0) ^ salt);
    long step = mix(in.getLong(Long.BYTES) + salt) | 1;
    for (int i = 0; i < PROBES; i++, at += step) {
      if ((words[word(at)] & (1L << at)) == 0) {
        return false;
      }
    }
    return true;
  }

  private int word(long at) {
    return (int) (at >>> 6) & (words.length - 1);
  }

  /** The finalizer of SplitMix64. */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
