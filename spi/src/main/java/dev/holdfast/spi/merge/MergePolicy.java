// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.merge;

import dev.holdfast.spi.Bytes;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Merges two states of an object that were written apart. Both stay in the history, so a merge
 * loses nothing; yet nobody looks at it, so what is not certain is to be declined.
 *
 * <p>Pure: the answer depends on the request alone, byte for byte; no clock, no I/O, no random, no
 * state. Nodes that merge the same two versions must make the same one. Called on several threads
 * at once, with a deadline. Bytes are whatever clients sent: of the content type by name only. When
 * it throws, hangs or answers nonsense the versions stay in conflict, and the node reports the
 * plugin.
 */
public interface MergePolicy {
  /** Neither side is larger, and the merge may not be. */
  int SIZE_BYTES_MAX = 1 << 20;

  /** Of a merge: names and values together, in UTF-8. */
  int METADATA_BYTES_MAX = 8 << 10;

  int METADATA_MAX = 64;

  /**
   * The types that it merges, as {@code type/subtype} in lower case, without parameters. Asked
   * once, after start.
   */
  Set<String> contentTypes();

  /** Blocking, as short as the bytes allow. */
  Outcome merge(Request request);

  /**
   * One state of the object.
   *
   * @param bytes all of them
   * @param metadata of the user, by name
   */
  record Side(Bytes bytes, SortedMap<String, String> metadata) {
    public Side {
      metadata = unmodifiable(metadata);
    }
  }

  /**
   * @param key of the object
   * @param contentType of both sides and of the merge, as the client gave it, with its parameters
   * @param ancestor the nearest version that both sides come from; empty when there is none, or
   *     several, or it is not known, or it was of another type, or too large
   * @param head the confirmed one
   * @param branch the other one; which is which says nothing about who is right
   */
  record Request(String key, String contentType, Optional<Side> ancestor, Side head, Side branch) {}

  sealed interface Outcome {}

  /**
   * The new version, which has both sides as its parents.
   *
   * @param bytes at most {@link #SIZE_BYTES_MAX}
   * @param metadata of the merge; a name has 1 to 64 of {@code a-z 0-9 . _ -}, a value no controls
   */
  record Merged(Bytes bytes, SortedMap<String, String> metadata) implements Outcome {
    public Merged {
      metadata = unmodifiable(metadata);
    }
  }

  /**
   * Somebody has to merge by hand.
   *
   * @param why in a sentence, for those who do; without contents
   */
  record Declined(String why) implements Outcome {}

  private static SortedMap<String, String> unmodifiable(Map<String, String> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }
}
