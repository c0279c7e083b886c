// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.spi.Bytes;
import java.util.ArrayList;
import java.util.List;

/** The bytes of a lock's entry, and of a {@code wait/…} entry. */
final class LockCodec {
  static final int LOCK_FORMAT = 2;
  static final int WAIT_FORMAT = 2;

  private LockCodec() {}

  static Bytes encode(LockState state) {
    ByteWriter writer = new ByteWriter(LOCK_FORMAT);
    writer.number(state.fence()).number(state.permits());
    writer.number(state.holders().size());
    for (Grant grant : state.holders()) {
      write(grant.owner(), grant.mode(), grant.delayMillis(), writer);
      writer.number(grant.token());
    }
    writer.number(state.waiters().size());
    for (Waiter waiter : state.waiters()) {
      write(waiter.owner(), waiter.mode(), waiter.delayMillis(), writer);
    }
    writer.number(state.firstTicket()).number(state.nextTicket()).number(state.overflow());
    return writer.toBytes();
  }

  static LockState decode(Bytes value) {
    return ByteReader.decode("A lock", LOCK_FORMAT, value, LockCodec::readLock);
  }

  static Bytes encodeWait(Waiter waiter) {
    ByteWriter writer = new ByteWriter(WAIT_FORMAT);
    write(waiter.owner(), waiter.mode(), waiter.delayMillis(), writer);
    return writer.toBytes();
  }

  static Waiter decodeWait(Bytes value) {
    return ByteReader.decode("A waiter of a lock", WAIT_FORMAT, value, LockCodec::readWaiter);
  }

  private static LockState readLock(ByteReader reader) {
    long fence = reader.number();
    int permits = reader.number(0, LockMode.Permits.PERMITS_MAX);
    int holderCount = reader.count(LockState.HOLDERS_MAX);
    List<Grant> holders = new ArrayList<>(holderCount);
    for (int i = 0; i < holderCount; i++) {
      Waiter granted = readWaiter(reader);
      holders.add(
          new Grant(granted.owner(), granted.mode(), reader.number(), granted.delayMillis()));
    }
    int waiterCount = reader.count(LockState.WAITERS_MAX);
    List<Waiter> waiters = new ArrayList<>(waiterCount);
    for (int i = 0; i < waiterCount; i++) {
      waiters.add(readWaiter(reader));
    }
    return new LockState(
        fence, permits, holders, waiters, reader.number(), reader.number(), reader.number());
  }

  private static void write(Owner owner, LockMode mode, long delayMillis, ByteWriter writer) {
    writer.text(owner.session()).text(owner.holder());
    LockMode.write(mode, writer);
    writer.number(delayMillis);
  }

  private static Waiter readWaiter(ByteReader reader) {
    return new Waiter(
        new Owner(reader.text(), reader.text()), LockMode.read(reader), reader.number());
  }
}
