// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.spi.Bytes;
import java.util.List;

/**
 * The value of the entry {@code object/<key>}: the confirmed head, and where its copies are. The
 * revision at which it became the head is that of the entry.
 *
 * @param sizeBytes of the object
 * @param deleted the head is a tombstone
 * @param policy the placement policy that chose the holders
 * @param epoch of the cluster map from which they were chosen
 * @param copiesWanted how many copies the write asked for
 * @param holders who keeps or will keep a copy, best first; only repair and cleanup take one away
 *     (R24)
 * @param written the holders whose copy was fsynced before the commit: where to read first
 * @param memory the answers of the last writes that may be repeated
 */
public record HeadRecord(
    VersionId version,
    long sizeBytes,
    boolean deleted,
    String policy,
    long epoch,
    int copiesWanted,
    List<String> holders,
    List<String> written,
    WriteMemory memory) {
  private static final int FORMAT = 1;

  /** As the first, and the memory behind it. What has no memory is written as before (R11). */
  private static final int FORMAT_WITH_MEMORY = 2;

  public HeadRecord {
    holders = List.copyOf(holders);
    written = List.copyOf(written);
    if (holders.isEmpty() || !holders.containsAll(written) || copiesWanted < 1) {
      throw new IllegalArgumentException(
          copiesWanted + " copies at " + holders + ", written at " + written);
    }
  }

  /** Of a write that nobody repeats. */
  public HeadRecord(
      VersionId version,
      long sizeBytes,
      boolean deleted,
      String policy,
      long epoch,
      int copiesWanted,
      List<String> holders,
      List<String> written) {
    this(
        version,
        sizeBytes,
        deleted,
        policy,
        epoch,
        copiesWanted,
        holders,
        written,
        WriteMemory.NONE);
  }

  public HeadRecord with(WriteMemory other) {
    return new HeadRecord(
        version, sizeBytes, deleted, policy, epoch, copiesWanted, holders, written, other);
  }

  public Bytes encode() {
    boolean remembers = !memory.equals(WriteMemory.NONE);
    ByteWriter out = new ByteWriter(remembers ? FORMAT_WITH_MEMORY : FORMAT).raw(version.bytes());
    out.number(sizeBytes).bool(deleted).text(policy).number(epoch).number(copiesWanted);
    out.texts(holders).texts(written);
    if (remembers) {
      memory.write(out);
    }
    return Bytes.wrap(out.toArray());
  }

  /**
   * @throws dev.holdfast.core.transition.UnreadableEntryException on anything but the bytes of a
   *     head
   */
  public static HeadRecord decode(Bytes value) {
    boolean remembers = !value.isEmpty() && value.asBuffer().get(0) == FORMAT_WITH_MEMORY;
    return ByteReader.decode(
        "The head of an object",
        remembers ? FORMAT_WITH_MEMORY : FORMAT,
        value,
        in ->
            new HeadRecord(
                VersionId.of(Bytes.wrap(in.raw(Sha256.LENGTH_BYTES))),
                in.number(),
                in.bool(),
                in.text(),
                in.number(),
                in.number(1, Integer.MAX_VALUE),
                in.texts(),
                in.texts(),
                remembers ? WriteMemory.read(in) : WriteMemory.NONE));
  }
}
