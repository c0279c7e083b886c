// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.VersionId;
import dev.holdfast.spi.Bytes;
import java.util.Set;
import java.util.TreeSet;

/**
 * A provisional version that has no successor on this node.
 *
 * @param isReported users were notified that it is in conflict with the confirmed head
 * @param knownAt other nodes that have it: a rejoin does not send it to them again
 */
public record Branch(ObjectKey key, VersionId version, boolean isReported, Set<String> knownAt) {
  private static final int FORMAT = 1;

  public Branch {
    knownAt = Set.copyOf(knownAt);
  }

  static byte[] firstRow(byte[] place) {
    return row(place, false, Set.of());
  }

  static byte[] row(byte[] place, boolean isReported, Set<String> knownAt) {
    return Sealed.seal(
        place, new ByteWriter(FORMAT).bool(isReported).texts(new TreeSet<>(knownAt)).toArray());
  }

  /** A row that rotted counts as a new one: the worst that follows is a second notification. */
  static Branch decode(ObjectKey key, VersionId version, byte[] place, byte[] row) {
    byte[] bytes = Sealed.open(place, row);
    if (bytes != null) {
      try {
        return ByteReader.decode(
            "A branch",
            FORMAT,
            Bytes.wrap(bytes),
            in -> new Branch(key, version, in.bool(), Set.copyOf(in.texts())));
      } catch (UnreadableEntryException e) {
        return new Branch(key, version, false, Set.of());
      }
    }
    return new Branch(key, version, false, Set.of());
  }

  public Branch reported() {
    return new Branch(key, version, true, knownAt);
  }

  public Branch knownAt(Set<String> nodes) {
    Set<String> all = new TreeSet<>(knownAt);
    all.addAll(nodes);
    return new Branch(key, version, isReported, all);
  }
}
