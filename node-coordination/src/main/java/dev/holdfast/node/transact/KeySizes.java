// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.transact;

import java.util.random.RandomGenerator;

/**
 * The size of each entry by a 64-bit hash of its key, in 12 bytes an entry: a million entries must
 * not cost a heap. Two keys of one hash would count as one, which a limit can bear when it happens
 * by chance. Clients choose keys, so the hash is SipHash-2-4 under a secret of this instance:
 * nobody can choose keys that collide. For one thread.
 */
public final class KeySizes {
  private static final int START = 1 << 10;

  private final long secret0;
  private final long secret1;
  private long[] hashes = new long[START];
  private int[] sizes = new int[START];
  private int count;

  /**
   * @param random of the secret
   */
  public KeySizes(RandomGenerator random) {
    this(random.nextLong(), random.nextLong());
  }

  KeySizes(long secret0, long secret1) {
    this.secret0 = secret0;
    this.secret1 = secret1;
  }

  /** Entries. */
  public int count() {
    return count;
  }

  public void clear() {
    hashes = new long[START];
    sizes = new int[START];
    count = 0;
  }

  /** 0 when there is none. */
  public int get(String key) {
    return sizes[place(hash(key))];
  }

  /**
   * @param size above 0
   * @return the size before, 0 when there was none
   */
  public int put(String key, int size) {
    long hash = hash(key);
    int place = place(hash);
    int before = sizes[place];
    hashes[place] = hash;
    sizes[place] = size;
    if (before == 0 && ++count > hashes.length / 2) {
      grow();
    }
    return before;
  }

  /** Returns the size before, 0 when there was none. */
  public int remove(String key) {
    int place = place(hash(key));
    int before = sizes[place];
    if (before == 0) {
      return 0;
    }
    count--;
    sizes[place] = 0;
    // Those behind it that were pushed on by it move up: no gap may hide them.
    int mask = hashes.length - 1;
    for (int next = (place + 1) & mask; sizes[next] != 0; next = (next + 1) & mask) {
      int size = sizes[next];
      long hash = hashes[next];
      sizes[next] = 0;
      int better = place(hash);
      hashes[better] = hash;
      sizes[better] = size;
    }
    return before;
  }

  private int place(long hash) {
    int mask = hashes.length - 1;
    int place = (int) (hash ^ (hash >>> 32)) & mask;
    while (sizes[place] != 0 && hashes[place] != hash) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private void grow() {
    long[] oldHashes = hashes;
    int[] oldSizes = sizes;
    hashes = new long[oldHashes.length * 2];
    sizes = new int[oldSizes.length * 2];
    for (int i = 0; i < oldSizes.length; i++) {
      if (oldSizes[i] != 0) {
        int place = place(oldHashes[i]);
        hashes[place] = oldHashes[i];
        sizes[place] = oldSizes[i];
      }
    }
  }

  /** SipHash-2-4 of the key's UTF-16 in little-endian order. */
  long hash(String key) {
    Sip sip = new Sip(secret0, secret1);
    int length = key.length();
    int whole = length & ~3;
    for (int i = 0; i < whole; i += 4) {
      sip.add(
          key.charAt(i)
              | ((long) key.charAt(i + 1) << 16)
              | ((long) key.charAt(i + 2) << 32)
              | ((long) key.charAt(i + 3) << 48));
    }
    long last = (2L * length) << 56;
    for (int i = whole; i < length; i++) {
      last |= (long) key.charAt(i) << (16 * (i - whole));
    }
    sip.add(last);
    return sip.end();
  }

  /** The state of one hash; the names are those of the paper (Aumasson and Bernstein, 2012). */
  private static final class Sip {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    Sip(long k0, long k1) {
      v0 = k0 ^ 0x736f6d6570736575L;
      v1 = k1 ^ 0x646f72616e646f6dL;
      v2 = k0 ^ 0x6c7967656e657261L;
      v3 = k1 ^ 0x7465646279746573L;
    }

    void add(long word) {
      v3 ^= word;
      round();
      round();
      v0 ^= word;
    }

    long end() {
      v2 ^= 0xff;
      round();
      round();
      round();
      round();
      return v0 ^ v1 ^ v2 ^ v3;
    }

    private void round() {
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
    }
  }
}
