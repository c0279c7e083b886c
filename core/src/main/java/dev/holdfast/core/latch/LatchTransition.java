// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.latch;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.core.operation.Effect;
import dev.holdfast.core.operation.OnceTransition;
import dev.holdfast.spi.Bytes;
import org.jspecify.annotations.Nullable;

/** The rules of a latch. */
public final class LatchTransition extends OnceTransition<Latch, LatchCommand, LatchReply> {
  private static final int FORMAT = 1;
  private static final String WHAT = "A latch";

  @Override
  public Effect<Latch, LatchReply> effect(@Nullable Latch state, LatchCommand command) {
    Latch before = state == null ? Latch.NEW : state;
    boolean open = before.left() == 0;
    Latch after =
        switch (command) {
          case LatchCommand.TrySet(long count) ->
              open ? new Latch(before.round() + 1, count) : before;
          case LatchCommand.CountDown(long by) ->
              new Latch(before.round(), Math.max(0, before.left() - by));
        };
    boolean changed = !after.equals(before);
    return new Effect<>(changed ? after : state, new LatchReply(after, changed));
  }

  @Override
  public Bytes encodeReply(LatchReply reply) {
    ByteWriter writer = new ByteWriter(FORMAT);
    write(writer, reply.latch());
    return writer.bool(reply.changed()).toBytes();
  }

  @Override
  public LatchReply decodeReply(Bytes reply) {
    return ByteReader.decode(
        WHAT, FORMAT, reply, reader -> new LatchReply(read(reader), reader.bool()));
  }

  @Override
  public Bytes encode(Latch state) {
    ByteWriter writer = new ByteWriter(FORMAT);
    write(writer, state);
    return writer.toBytes();
  }

  @Override
  public Latch decode(Bytes value) {
    return ByteReader.decode(WHAT, FORMAT, value, LatchTransition::read);
  }

  /** The latch of an entry's value; an open one of round 0 without an entry. */
  public static Latch latch(@Nullable Bytes value) {
    return value == null ? Latch.NEW : new LatchTransition().decode(value);
  }

  private static void write(ByteWriter writer, Latch latch) {
    writer.number(latch.round()).number(latch.left());
  }

  private static Latch read(ByteReader reader) {
    return new Latch(reader.number(), reader.number());
  }
}
