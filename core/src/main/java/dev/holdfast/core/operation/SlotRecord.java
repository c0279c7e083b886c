// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.operation;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.spi.Bytes;

/**
 * The value of {@code op/<session>/<slot>}. The entry's version is the revision of the reply.
 *
 * @param reply as the kind of the operation encodes it
 */
public record SlotRecord(long sequence, Bytes reply) {
  private static final int FORMAT = 1;

  public Bytes encode() {
    return new ByteWriter(FORMAT).number(sequence).bytes(reply.toArray()).toBytes();
  }

  /**
   * @throws dev.holdfast.core.transition.UnreadableEntryException on bytes it does not know
   */
  public static SlotRecord decode(Bytes value) {
    return ByteReader.decode(
        "A slot",
        FORMAT,
        value,
        reader -> new SlotRecord(reader.number(), Bytes.wrap(reader.bytes())));
  }
}
