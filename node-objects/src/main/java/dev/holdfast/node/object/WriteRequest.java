// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.WriteTerms;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a write asks for, beside its bytes.
 *
 * @param deleted it is a tombstone, without bytes
 * @param fence {@code LOCK;TOKEN}
 * @param id empty when the write is sent once
 * @param terms what is to be reached before the answer
 */
record WriteRequest(
    ObjectKey key,
    String contentType,
    SortedMap<String, String> metadata,
    boolean deleted,
    Preconditions preconditions,
    Optional<String> fence,
    String author,
    Optional<WriteId> id,
    WriteTerms terms) {
  /** A write that is sent once, on the usual terms. */
  WriteRequest(
      ObjectKey key,
      String contentType,
      SortedMap<String, String> metadata,
      boolean deleted,
      Preconditions preconditions,
      Optional<String> fence,
      String author) {
    this(
        key,
        contentType,
        metadata,
        deleted,
        preconditions,
        fence,
        author,
        Optional.empty(),
        WriteTerms.DEFAULT);
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
        id.map(known -> known.notUpTo(revision)),
        terms);
  }

  WriteRequest with(WriteTerms other) {
    return new WriteRequest(
        key, contentType, metadata, deleted, preconditions, fence, author, id, other);
  }

  /**
   * What depends on the agreed state is refused without agreement, else it would come back (R21).
   */
  boolean mayBeProvisional() {
    return terms.consistency() != WriteTerms.Consistency.CONFIRMED
        && preconditions.isNone()
        && fence.isEmpty();
  }
}
