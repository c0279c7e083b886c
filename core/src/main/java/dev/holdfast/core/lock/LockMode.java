// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;

/** How much of a lock is asked for. */
public sealed interface LockMode {
  /** Nobody else holds the lock. */
  record Exclusive() implements LockMode {}

  /** Only other shared holders hold the lock. */
  record Shared() implements LockMode {}

  /**
   * A part of a semaphore.
   *
   * @param permits 1 to {@code of}
   * @param of all permits of the lock, 1 to {@link #PERMITS_MAX}; fixed by the first request while
   *     the lock is in use
   */
  record Permits(int permits, int of) implements LockMode {
    public static final int PERMITS_MAX = 1_000_000;

    public Permits {
      if (of < 1 || of > PERMITS_MAX) {
        throw new IllegalArgumentException("A lock has 1 to " + PERMITS_MAX + " permits: " + of);
      }
      if (permits < 1 || permits > of) {
        throw new IllegalArgumentException("Of " + of + " permits nobody can ask for " + permits);
      }
    }
  }

  /** All permits of the lock; 0 when it has none, but is exclusive or shared. */
  default int permitsOf() {
    return this instanceof Permits permits ? permits.of : 0;
  }

  /** Writes the mode as a part of a value. */
  static void write(LockMode mode, ByteWriter writer) {
    switch (mode) {
      case Exclusive _ -> writer.octet(0);
      case Shared _ -> writer.octet(1);
      case Permits permits -> writer.octet(2).number(permits.permits).number(permits.of);
    }
  }

  static LockMode read(ByteReader reader) {
    int kind = reader.octet();
    return switch (kind) {
      case 0 -> new Exclusive();
      case 1 -> new Shared();
      case 2 ->
          new Permits(reader.number(1, Permits.PERMITS_MAX), reader.number(1, Permits.PERMITS_MAX));
      default -> throw new IllegalArgumentException("no lock mode " + kind);
    };
  }
}
