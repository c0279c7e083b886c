// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.spi.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** {@link VersionRecord} as bytes, on disk and between nodes. The first byte is the format. */
public final class VersionRecordCodec {
  private static final int FORMAT = 1;

  /** As the first, and the name of the write behind it. Others are written as before (R11). */
  private static final int FORMAT_WITH_REQUEST = 2;

  private static final int INLINE = 0;
  private static final int CHUNKED = 1;

  /** Unknown to releases without retention, which refuse such a record. */
  private static final int REMOVED = 2;

  private VersionRecordCodec() {}

  public static byte[] encode(VersionRecord version) {
    ByteWriter out = ByteWriter.bare();
    boolean isNamed = !version.request().isEmpty();
    out.octet(isNamed ? FORMAT_WITH_REQUEST : FORMAT)
        .octet(version.state().number())
        .text(version.key().value());
    out.number(version.parents().size());
    version.parents().forEach(parent -> out.raw(parent.bytes()));
    out.number(version.dots().size());
    version
        .dots()
        .forEach(dot -> out.text(dot.nodeId()).text(dot.incarnation()).number(dot.counter()));
    context(out, version.context());
    content(out, version.content());
    out.raw(version.contentSha256().toArray()).text(version.contentType());
    out.texts(version.metadata()).bool(version.deleted()).text(version.author());
    out.number(version.writtenAtMillis()).number(version.reapedRevision());
    return (isNamed ? out.text(version.request()) : out).toArray();
  }

  /**
   * @throws dev.holdfast.core.transition.UnreadableEntryException on anything but the bytes of a
   *     record
   */
  public static VersionRecord decode(byte[] bytes) {
    boolean isNamed = bytes.length > 0 && bytes[0] == FORMAT_WITH_REQUEST;
    return ByteReader.decode(
        "A version record",
        isNamed ? FORMAT_WITH_REQUEST : FORMAT,
        Bytes.wrap(bytes),
        in -> isNamed ? version(in).requestedAs(in.text()) : version(in));
  }

  private static VersionRecord version(ByteReader in) {
    VersionState state = VersionState.of(in.octet());
    ObjectKey key = new ObjectKey(in.text());
    SortedSet<VersionId> parents = new TreeSet<>();
    int parentCount = in.count();
    for (int i = 0; i < parentCount; i++) {
      parents.add(VersionId.of(Bytes.wrap(in.raw(Sha256.LENGTH_BYTES))));
    }
    SortedSet<Dot> dots = new TreeSet<>();
    int dotCount = in.count();
    for (int i = 0; i < dotCount; i++) {
      dots.add(new Dot(in.text(), in.text(), in.number()));
    }
    return new VersionRecord(
        key,
        parents,
        dots,
        context(in),
        content(in),
        Bytes.wrap(in.raw(Sha256.LENGTH_BYTES)),
        in.text(),
        in.textMap(),
        in.bool(),
        in.text(),
        in.number(),
        in.number(),
        state);
  }

  private static void context(ByteWriter out, VersionVector context) {
    out.number(context.ranges().size());
    context
        .ranges()
        .forEach((actor, ranges) -> {
          out.text(actor.nodeId()).text(actor.incarnation()).number(ranges.size());
          ranges.forEach(range -> out.number(range.first()).number(range.last()));
        });
  }

  private static VersionVector context(ByteReader in) {
    SortedMap<Dot.Actor, List<VersionVector.Range>> ranges = new TreeMap<>();
    int actors = in.count();
    for (int i = 0; i < actors; i++) {
      Dot.Actor actor = new Dot.Actor(in.text(), in.text());
      int count = in.count();
      List<VersionVector.Range> list = new ArrayList<>(count);
      for (int j = 0; j < count; j++) {
        list.add(new VersionVector.Range(in.number(), in.number()));
      }
      ranges.put(actor, list);
    }
    return VersionVector.of(ranges);
  }

  private static void content(ByteWriter out, Content content) {
    switch (content) {
      case Content.Removed removed -> out.octet(REMOVED).number(removed.sizeBytes());
      case Content.Inline inline -> out.octet(INLINE).bytes(inline.bytes().toArray());
      case Content.Chunked chunked -> {
        out.octet(CHUNKED).number(chunked.chunks().size());
        for (ChunkRef chunk : chunked.chunks()) {
          out.octet(chunk.hashId()).raw(chunk.hash().toArray()).number(chunk.length());
        }
      }
    }
  }

  private static Content content(ByteReader in) {
    return switch (in.number(INLINE, REMOVED)) {
      case INLINE -> new Content.Inline(Bytes.wrap(in.bytes()));
      case CHUNKED -> chunked(in);
      default -> new Content.Removed(in.number());
    };
  }

  private static Content chunked(ByteReader in) {
    int count = in.count();
    List<ChunkRef> chunks = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int hashId = in.octet();
      Bytes hash = Bytes.wrap(in.raw(Sha256.LENGTH_BYTES));
      chunks.add(new ChunkRef(hashId, hash, in.number(1, ChunkRef.LENGTH_MAX)));
    }
    return new Content.Chunked(chunks);
  }
}
