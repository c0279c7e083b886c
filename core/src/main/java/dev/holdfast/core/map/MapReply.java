// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.map;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;

/** What became of a write. Remembered in its slot, hence with a format. */
public sealed interface MapReply {
  /** All its changes were made; their version is the revision of the commit. */
  record Written() implements MapReply {}

  /**
   * A key was not at the version that was expected.
   *
   * @param version that it had instead, 0 when it was absent
   */
  record Mismatch(EntryKey key, long version) implements MapReply {}

  /** The lock that the write named has moved on. */
  record Fenced() implements MapReply {}

  /** The maps would have outgrown their limit. */
  record StateTooLarge(long limitBytes) implements MapReply {}

  /** The session has ended. Never remembered: its slots are gone. */
  record SessionGone() implements MapReply {}

  /** A later operation has used the slot. Never remembered. */
  record Overtaken() implements MapReply {}

  int FORMAT = 1;

  default Bytes encode() {
    ByteWriter writer = new ByteWriter(FORMAT);
    switch (this) {
      case Written _ -> writer.octet(0);
      case Mismatch(EntryKey key, long version) ->
          writer.octet(1).text(key.value()).number(version);
      case Fenced _ -> writer.octet(2);
      case StateTooLarge(long limitBytes) -> writer.octet(3).number(limitBytes);
      case SessionGone _, Overtaken _ -> throw new IllegalStateException("Not kept: " + this);
    }
    return writer.toBytes();
  }

  /**
   * @throws dev.holdfast.core.transition.UnreadableEntryException on bytes it does not know
   */
  static MapReply decode(Bytes value) {
    return ByteReader.decode("A reply", FORMAT, value, MapReply::read);
  }

  private static MapReply read(ByteReader reader) {
    int kind = reader.octet();
    return switch (kind) {
      case 0 -> new Written();
      case 1 -> new Mismatch(new EntryKey(reader.text()), reader.number());
      case 2 -> new Fenced();
      case 3 -> new StateTooLarge(reader.number());
      default -> throw new IllegalArgumentException("no reply " + kind);
    };
  }
}
