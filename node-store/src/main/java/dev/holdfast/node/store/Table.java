// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.util.Arrays;

/** The tables of a store. A place is a key with the number of its table before it. */
enum Table {
  /** name → counters and marks. */
  META(0, "meta", false),

  /** hash of key ‖ version id → version record. */
  VERSIONS(1, "versions", true),

  /** hash of key ‖ version id → the stamp of its last staging. */
  STAGED(2, "staged", true),

  /** The trie of {@link ListingTrie}: key → {@link HeadRow}. */
  LISTING(3, "listing", false),

  /** chunk hash ‖ hash of (key, version) → nothing: who needs a chunk, for its collector. */
  CHUNK_USES(4, "chunk-uses", false),

  /** chunk hash → its position in a segment. */
  SEGMENTS(5, "segments", false),

  /** sequence → {@link Intent}. */
  QUEUE(6, "queue", true),

  /** hash of an intent → its sequence: each stands once. */
  QUEUED(7, "queued", false),

  /** hash of key ‖ version id → {@link Branch}: provisional versions without a successor here. */
  BRANCHES(8, "branches", true),

  /** hash of key ‖ version id → nothing: what is not confirmed here and has a successor. */
  SUCCEEDED(9, "succeeded", true),

  /** hash of key ‖ version id → when it was set aside: versions that an operator decides on. */
  QUARANTINE(10, "quarantine", true),

  /** upload → chunks:8, bytes:8 that it keeps here, see {@link UploadRows}. */
  UPLOADS(11, "uploads", true),

  /** upload ‖ chunk hash → length:4. Each has a twin in {@link #CHUNK_USES}. */
  UPLOAD_CHUNKS(12, "upload-chunks", false);

  private static final Table[] BY_NUMBER = values();

  private final byte number;
  private final String lmdbName;
  private final boolean counted;

  /**
   * @param number its place here, kept in the journal
   */
  Table(int number, String lmdbName, boolean counted) {
    this.number = (byte) number;
    this.lmdbName = lmdbName;
    this.counted = counted;
  }

  String lmdbName() {
    return lmdbName;
  }

  /** Whether {@link Rows#size} is kept, which costs a look at each row that is written. */
  boolean isCounted() {
    return counted;
  }

  byte[] place(byte[] key) {
    byte[] place = new byte[key.length + 1];
    place[0] = number;
    System.arraycopy(key, 0, place, 1, key.length);
    return place;
  }

  boolean contains(byte[] place) {
    return place[0] == number;
  }

  static Table of(byte[] place) {
    return BY_NUMBER[place[0]];
  }

  static boolean isPlace(byte[] place) {
    return place.length > 1 && place[0] >= 0 && place[0] < BY_NUMBER.length;
  }

  static byte[] key(byte[] place) {
    return Arrays.copyOfRange(place, 1, place.length);
  }
}
