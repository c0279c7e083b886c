// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.election;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.spi.Bytes;

/**
 * The entry {@code proclaimed/<lock>}.
 *
 * @param token of the grant under which it was written; it counts while that grant lasts
 * @param sequence rises with each proclamation of this grant
 * @param value at most {@link #VALUE_BYTES_MAX} bytes of UTF-8
 */
public record Proclaimed(Owner owner, long token, long sequence, String value) {
  public static final int VALUE_BYTES_MAX = 4_096;

  static final int FORMAT = 1;

  public Proclaimed {
    if (token < 1 || sequence < 1) {
      throw new IllegalArgumentException("token " + token + ", sequence " + sequence);
    }
  }

  Bytes encode() {
    return new ByteWriter(FORMAT)
        .text(owner.session())
        .text(owner.holder())
        .number(token)
        .number(sequence)
        .text(value)
        .toBytes();
  }

  /**
   * @throws dev.holdfast.core.transition.UnreadableEntryException on bytes it does not know
   */
  public static Proclaimed decode(Bytes bytes) {
    return ByteReader.decode(
        "A proclamation",
        FORMAT,
        bytes,
        reader ->
            new Proclaimed(
                new Owner(reader.text(), reader.text()),
                reader.number(),
                reader.number(),
                reader.text()));
  }
}
