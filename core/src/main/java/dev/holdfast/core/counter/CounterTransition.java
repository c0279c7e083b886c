// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.counter;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.core.operation.Effect;
import dev.holdfast.core.operation.OnceTransition;
import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The rules of a counter. Overflow wraps around, as it does in Java. */
public final class CounterTransition extends OnceTransition<Long, CounterCommand, CounterReply> {
  private static final int FORMAT = 1;
  private static final String WHAT = "A counter";

  @Override
  public Effect<Long, CounterReply> effect(@Nullable Long state, CounterCommand command) {
    long before = state == null ? 0 : state;
    long after =
        switch (command) {
          case CounterCommand.Add(long delta) -> before + delta;
          case CounterCommand.Assign(long value) -> value;
          case CounterCommand.CompareAndSet(long expected, long value) ->
              before == expected ? value : before;
        };
    Long next = state == null && after == 0 ? null : after;
    return new Effect<>(next, new CounterReply(before, after));
  }

  @Override
  public Bytes encodeReply(CounterReply reply) {
    return new ByteWriter(FORMAT).raw(raw(reply.before())).raw(raw(reply.after())).toBytes();
  }

  @Override
  public CounterReply decodeReply(Bytes reply) {
    return ByteReader.decode(
        WHAT, FORMAT, reply, reader -> new CounterReply(number(reader), number(reader)));
  }

  @Override
  public Bytes encode(Long state) {
    return new ByteWriter(FORMAT).raw(raw(state)).toBytes();
  }

  @Override
  public Long decode(Bytes value) {
    return ByteReader.decode(WHAT, FORMAT, value, CounterTransition::number);
  }

  /** The number of an entry, or 0. */
  public static long value(@Nullable Bytes value) {
    return value == null ? 0 : new CounterTransition().decode(value);
  }

  private static byte[] raw(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  private static long number(ByteReader reader) {
    return ByteBuffer.wrap(reader.raw(Long.BYTES)).getLong();
  }
}
