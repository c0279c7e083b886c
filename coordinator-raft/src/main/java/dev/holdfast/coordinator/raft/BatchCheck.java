// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Transaction;
import java.nio.ByteBuffer;

/**
 * Reads through a batch of another node before it gets into the log, where all replicas would stop
 * at what they cannot read, for ever. Whatever passes can be decoded and applied. Copies nothing:
 * the leader does this with every batch.
 */
final class BatchCheck {
  /** Commands in one batch of a node. */
  static final int COMMANDS_MAX = 4_096;

  /** Above this no revision is reached or raised to: there is room for all commits to come. */
  static final long REVISION_MAX = 1L << 62;

  private static final int NODE_ID_BYTES_MAX = 64;
  private static final long TTL_MILLIS_MAX = 24 * 3_600_000L;

  private final Wire.Reader in;

  private BatchCheck(ByteBuffer bytes) {
    this.in = new Wire.Reader(bytes);
  }

  /**
   * @param origin the peer that sent it, and the only one that it may name
   * @throws IllegalArgumentException says what is wrong
   */
  static void check(ByteBuffer batch, String origin) {
    new BatchCheck(batch.duplicate()).check(origin);
  }

  private void check(String origin) {
    in.format(LogCodec.FORMAT, "A batch");
    String named = in.text();
    if (!named.equals(origin)) {
      throw new IllegalArgumentException(origin + " sends a batch in the name of " + named);
    }
    notNegative(in.number(), "sequence");
    long commands = in.number();
    atMost(commands, COMMANDS_MAX, "commands in a batch");
    for (long i = 0; i < commands; i++) {
      command();
    }
    in.end();
  }

  private void command() {
    int kind = in.u8();
    switch (kind) {
      case LogCodec.COMMIT -> commit();
      case LogCodec.OPEN_LEASE -> {
        atMost(in.skip(), NODE_ID_BYTES_MAX, "bytes of a node id");
        atMost(in.number(), TTL_MILLIS_MAX, "milliseconds of a lease");
      }
      case LogCodec.END_LEASE -> notNegative(in.number(), "lease");
      case LogCodec.EXPIRE_LEASE -> {
        notNegative(in.number(), "lease");
        notNegative(in.number(), "term");
      }
      case LogCodec.RAISE_REVISION -> atMost(in.number(), REVISION_MAX, "as the revision");
      default -> throw new IllegalArgumentException("Unknown command " + kind);
    }
  }

  private void commit() {
    notNegative(in.number(), "lease");
    long checks = in.number();
    atMost(checks, Transaction.CONDITIONS_MAX, "conditions");
    for (long i = 0; i < checks; i++) {
      var _ = LogCodec.checkKind(in.u8());
      key();
      notNegative(in.number(), "revision");
    }
    long edits = in.number();
    atMost(edits, Transaction.CHANGES_MAX, "changes");
    for (long i = 0; i < edits; i++) {
      var _ = LogCodec.editKind(in.u8());
      key();
      atMost(in.skip(), Transaction.SIZE_BYTES_MAX, "bytes of a value");
    }
  }

  private void key() {
    int size = in.skipUtf8();
    if (size == 0) {
      throw new IllegalArgumentException("A key is empty");
    }
    atMost(size, EntryKey.SIZE_BYTES_MAX, "bytes of a key");
  }

  private static void notNegative(long number, String what) {
    if (number < 0) {
      throw new IllegalArgumentException("A " + what + " is negative");
    }
  }

  private static void atMost(long found, long max, String what) {
    if (found < 0 || found > max) {
      throw new IllegalArgumentException(found + " " + what + ", at most " + max);
    }
  }
}
