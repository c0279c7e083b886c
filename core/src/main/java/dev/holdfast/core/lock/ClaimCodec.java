// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.spi.Bytes;

/** The bytes of a {@link Claim}: each node watches the claims of its clients. */
public final class ClaimCodec {
  static final int FORMAT = 2;

  private ClaimCodec() {}

  public static Bytes encode(Claim claim) {
    ByteWriter writer = new ByteWriter(FORMAT);
    switch (claim) {
      case Claim.Waiting waiting -> writer.octet(0).number(waiting.ticket() + 1);
      case Claim.Held held -> writer.octet(1).number(held.token());
    }
    LockMode.write(claim.mode(), writer);
    if (claim instanceof Claim.Held held) {
      writer.number(held.delayMillis());
    }
    return writer.toBytes();
  }

  /**
   * @throws dev.holdfast.core.transition.UnreadableEntryException on bytes it does not know
   */
  public static Claim decode(Bytes value) {
    return ByteReader.decode("A claim", FORMAT, value, ClaimCodec::read);
  }

  private static Claim read(ByteReader reader) {
    int kind = reader.octet();
    return switch (kind) {
      case 0 -> new Claim.Waiting(reader.number() - 1, LockMode.read(reader));
      case 1 -> new Claim.Held(reader.number(), LockMode.read(reader), reader.number());
      default -> throw new IllegalArgumentException("no claim state " + kind);
    };
  }
}
