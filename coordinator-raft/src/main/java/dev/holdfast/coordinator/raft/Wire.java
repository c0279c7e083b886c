// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Compact binary: variable-length numbers, and byte strings with their length in front. */
final class Wire {
  private Wire() {}

  static final class Writer {
    private byte[] buffer;
    private int size;

    Writer(int capacity) {
      this.buffer = new byte[capacity];
    }

    int size() {
      return size;
    }

    Writer u8(int value) {
      ensure(1);
      buffer[size++] = (byte) value;
      return this;
    }

    /** 1 to 9 bytes; small positive numbers are short. */
    Writer number(long value) {
      ensure(10);
      long rest = value;
      while ((rest & ~0x7FL) != 0) {
        buffer[size++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      buffer[size++] = (byte) rest;
      return this;
    }

    Writer bytes(Bytes value) {
      number(value.length());
      ensure(value.length());
      value.asBuffer().get(buffer, size, value.length());
      size += value.length();
      return this;
    }

    Writer text(String value) {
      return bytes(Bytes.utf8(value));
    }

    byte[] toArray() {
      return Arrays.copyOf(buffer, size);
    }

    private void ensure(int more) {
      if (size + more > buffer.length) {
        buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
      }
    }
  }

  /** Throws {@link IllegalArgumentException} on anything that a writer did not write. */
  static final class Reader {
    private final ByteBuffer buffer;

    Reader(ByteBuffer buffer) {
      this.buffer = buffer;
    }

    int u8() {
      need(1);
      return buffer.get() & 0xFF;
    }

    long number() {
      long value = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        int next = u8();
        value |= (long) (next & 0x7F) << shift;
        if (next < 0x80) {
          return value;
        }
      }
      throw new IllegalArgumentException("A number has more than 10 bytes");
    }

    /** A count of things that each take at least one byte. */
    int count() {
      long value = number();
      if (value < 0 || value > buffer.remaining()) {
        throw new IllegalArgumentException("Count " + value + " is more than what is left");
      }
      return (int) value;
    }

    Bytes bytes() {
      byte[] copy = new byte[count()];
      buffer.get(copy);
      return Bytes.wrap(copy);
    }

    /** Passes over a byte string; returns its length. */
    int skip() {
      int size = count();
      buffer.position(buffer.position() + size);
      return size;
    }

    /** As {@link #skip}, of what must be UTF-8. */
    int skipUtf8() {
      int size = count();
      int end = buffer.position() + size;
      int at = buffer.position();
      while (at < end && buffer.get(at) >= 0) {
        at++;
      }
      if (at < end) {
        try {
          var _ = StandardCharsets.UTF_8.newDecoder().decode(buffer.slice(at, end - at));
        } catch (CharacterCodingException e) {
          throw new IllegalArgumentException("A key is not UTF-8", e);
        }
      }
      buffer.position(end);
      return size;
    }

    String text() {
      return new String(bytes().toArray(), StandardCharsets.UTF_8);
    }

    void format(int expected, String what) {
      int found = u8();
      if (found != expected) {
        throw new IllegalArgumentException(
            what + " has format " + found + ", this version reads " + expected);
      }
    }

    void end() {
      if (buffer.hasRemaining()) {
        throw new IllegalArgumentException(buffer.remaining() + " bytes too many");
      }
    }

    private void need(int bytes) {
      if (buffer.remaining() < bytes) {
        throw new IllegalArgumentException("Cut off: " + bytes + " more bytes expected");
      }
    }
  }
}
