// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a write asks for, beside its bytes.
 *
 * @param deleted it is a tombstone, without bytes
 * @param fence {@code LOCK;TOKEN}
 * @param id empty when the write is sent once
 */
record WriteRequest(
    ObjectKey key,
    String contentType,
    SortedMap<String, String> metadata,
    boolean deleted,
    Preconditions preconditions,
    Optional<String> fence,
    String author,
    Optional<WriteId> id) {
  /** A write that is sent once. */
  WriteRequest(
      ObjectKey key,
      String contentType,
      SortedMap<String, String> metadata,
      boolean deleted,
      Preconditions preconditions,
      Optional<String> fence,
      String author) {
    this(key, contentType, metadata, deleted, preconditions, fence, author, Optional.empty());
  }

  /** Once it is known that nothing with its id is committed so far. */
  WriteRequest unansweredAt(long revision) {
    return new WriteRequest(
        key,
        contentType,
        metadata,
        deleted,
        preconditions,
        fence,
        author,
        id.map(known -> known.notUpTo(revision)));
  }
}
