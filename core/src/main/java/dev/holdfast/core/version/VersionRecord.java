// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.spi.Bytes;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One immutable state of an object, as each holder keeps it. Only {@code state} and {@code dots}
 * may differ between holders.
 *
 * @param parents sorted; empty for a root, several for a merge
 * @param dots of the writes that made this version: equal changes made apart carry several
 * @param context all dots that the writer had seen, those of its ancestors
 * @param contentSha256 of all bytes
 * @param contentType empty when none was given
 * @param metadata of the user, by name
 * @param deleted this version is a tombstone
 * @param author who wrote it, for display
 * @param writtenAtMillis wall clock, for display only: it orders nothing
 * @param reapedRevision for a root, the revision at which the key was last reaped (R25), else 0
 * @param request how its client named the write that made it without agreement, empty when it did
 *     not; no part of the id
 */
public record VersionRecord(
    ObjectKey key,
    SortedSet<VersionId> parents,
    SortedSet<Dot> dots,
    VersionVector context,
    Content content,
    Bytes contentSha256,
    String contentType,
    SortedMap<String, String> metadata,
    boolean deleted,
    String author,
    long writtenAtMillis,
    long reapedRevision,
    VersionState state,
    String request) {
  public static final int PARENTS_MAX = 64;
  public static final int DOTS_MAX = 1_024;

  public VersionRecord {
    parents = Collections.unmodifiableSortedSet(new TreeSet<>(parents));
    dots = Collections.unmodifiableSortedSet(new TreeSet<>(dots));
    metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
    if (parents.size() > PARENTS_MAX || dots.isEmpty() || dots.size() > DOTS_MAX) {
      throw new IllegalArgumentException(parents.size() + " parents, " + dots.size() + " dots");
    }
    if (contentSha256.length() != Sha256.LENGTH_BYTES) {
      throw new IllegalArgumentException("A SHA-256 of " + contentSha256.length() + " bytes");
    }
    if (reapedRevision < 0 || (reapedRevision > 0 && !parents.isEmpty())) {
      throw new IllegalArgumentException("reapedRevision is " + reapedRevision);
    }
  }

  /** Of a write that has no name. */
  public VersionRecord(
      ObjectKey key,
      SortedSet<VersionId> parents,
      SortedSet<Dot> dots,
      VersionVector context,
      Content content,
      Bytes contentSha256,
      String contentType,
      SortedMap<String, String> metadata,
      boolean deleted,
      String author,
      long writtenAtMillis,
      long reapedRevision,
      VersionState state) {
    this(
        key,
        parents,
        dots,
        context,
        content,
        contentSha256,
        contentType,
        metadata,
        deleted,
        author,
        writtenAtMillis,
        reapedRevision,
        state,
        "");
  }

  /**
   * The hash of key, parents, content and metadata. Not cached: keep it when it is needed often.
   */
  public VersionId id() {
    ByteWriter writer = ByteWriter.bare();
    writer.text("holdfast version 1");
    writer.text(key.value());
    writer.number(parents.size());
    parents.forEach(parent -> writer.raw(parent.bytes()));
    writer.number(content.sizeBytes());
    writer.raw(contentSha256.toArray());
    writer.bool(deleted);
    writer.text(contentType);
    writer.texts(metadata);
    if (parents.isEmpty()) {
      writer.number(reapedRevision);
    }
    return VersionId.of(Sha256.of(writer.toArray()));
  }

  public long sizeBytes() {
    return content.sizeBytes();
  }

  public List<ChunkRef> chunks() {
    return content.chunks();
  }

  public VersionRecord withState(VersionState next) {
    return with(dots, next);
  }

  /** The same version, stored a second time: it keeps the dots of both. */
  public VersionRecord plusDots(SortedSet<Dot> more) {
    TreeSet<Dot> union = new TreeSet<>(dots);
    for (Dot dot : more) {
      if (union.size() < DOTS_MAX) {
        union.add(dot);
      }
    }
    return with(union, state);
  }

  /**
   * One of its writes was taken back.
   *
   * @throws IllegalArgumentException when it was the only one
   */
  public VersionRecord minusDot(Dot dot) {
    TreeSet<Dot> rest = new TreeSet<>(dots);
    rest.remove(dot);
    return with(rest, state);
  }

  /**
   * The same bytes as the beginning of a new line, when what came before is forgotten.
   *
   * @param reaped the revision of the key's last reaping
   */
  public VersionRecord asRoot(Dot dot, long reaped) {
    return new VersionRecord(
        key,
        new TreeSet<>(),
        new TreeSet<>(List.of(dot)),
        VersionVector.EMPTY,
        content,
        contentSha256,
        contentType,
        metadata,
        deleted,
        author,
        writtenAtMillis,
        reaped,
        VersionState.PROVISIONAL);
  }

  private VersionRecord with(SortedSet<Dot> nextDots, VersionState nextState) {
    return with(content, nextDots, nextState);
  }

  private VersionRecord with(Content nextContent, SortedSet<Dot> nextDots, VersionState nextState) {
    return new VersionRecord(
        key,
        parents,
        nextDots,
        context,
        nextContent,
        contentSha256,
        contentType,
        metadata,
        deleted,
        author,
        writtenAtMillis,
        reapedRevision,
        nextState,
        request);
  }

  /** The same, made by a write that its client may send again. */
  public VersionRecord requestedAs(String name) {
    return new VersionRecord(
        key,
        parents,
        dots,
        context,
        content,
        contentSha256,
        contentType,
        metadata,
        deleted,
        author,
        writtenAtMillis,
        reapedRevision,
        state,
        name);
  }

  /** The same version, whose bytes were deleted. */
  public VersionRecord withoutBytes() {
    return with(new Content.Removed(sizeBytes()), dots, state);
  }

  /** Whether its bytes were deleted, by {@link #withoutBytes}. */
  public boolean isRemoved() {
    return content instanceof Content.Removed;
  }

  /** Whether the bytes within the record are those that it names. Chunks prove themselves. */
  public boolean isWhole() {
    return !(content instanceof Content.Inline inline)
        || Sha256.of(inline.bytes().toArray()).equals(contentSha256);
  }

  /**
   * What a confirmed version written on top of this one has seen. Gaps are closed: counters are
   * shared by all keys of a node, so exact dots would grow with every overwrite. Which branch a
   * version replaces is told by its parents, not by this.
   */
  public VersionVector seenUpTo() {
    return context.plusUpTo(dots);
  }

  /** Whether it would be the same state of the object, whatever came before. */
  public boolean hasSameBytesAs(
      Bytes otherSha256, String otherType, Map<String, String> otherMetadata) {
    return !deleted
        && contentSha256.equals(otherSha256)
        && contentType.equals(otherType)
        && metadata.equals(otherMetadata);
  }
}
