package dev.holdfast.node.map;

/**
 * The size of each entry by a 64-bit hash of its key, in 12 bytes an entry: a million entries must
 * not cost a heap. Two keys of one hash would count as one, which a limit can bear. For one thread.
 */
final class KeySizes {
  private static final int START = 1 << 10;
  private static final long FNV_BASIS = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private long[] hashes = new long[START];
  private int[] sizes = new int[START];
  private int count;

  void clear() {
    hashes = new long[START];
    sizes = new int[START];
    count = 0;
  }

  /** 0 when there is none. */
  int get(String key) {
    return sizes[place(hash(key))];
  }

  /**
   * @param size above 0
   * @return the size before, 0 when there was none
   */
  int put(String key, int size) {
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
  int remove(String key) {
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

  private static long hash(String key) {
    long hash = FNV_BASIS;
    for (int i = 0; i < key.length(); i++) {
      hash = (hash ^ key.charAt(i)) * FNV_PRIME;
    }
    hash ^= hash >>> 33;
    hash *= 0xff51afd7ed558ccdL;
    return hash ^ (hash >>> 33);
  }
}
