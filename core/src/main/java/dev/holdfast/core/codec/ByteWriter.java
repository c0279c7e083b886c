// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.codec;

import dev.holdfast.spi.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;

/** Writes the value of an entry, or a record of a store. For one thread. */
public final class ByteWriter {
  private byte[] array = new byte[64];
  private int length;

  /**
   * @param format the first byte, names the kind and version of what follows (R11)
   */
  public ByteWriter(int format) {
    octet(format);
  }

  private ByteWriter() {}

  /** Without a format: for what is hashed, or written beside something that names one. */
  public static ByteWriter bare() {
    return new ByteWriter();
  }

  public ByteWriter bool(boolean value) {
    return octet(value ? 1 : 0);
  }

  /**
   * @param value 0 to 255
   */
  public ByteWriter octet(int value) {
    if (value < 0 || value > 255) {
      throw new IllegalArgumentException("Not an octet: " + value);
    }
    room(1);
    array[length++] = (byte) value;
    return this;
  }

  /**
   * Seven bits a byte, the lowest first: 1 to 10 bytes. Meant for numbers that are not negative.
   */
  public ByteWriter number(long value) {
    room(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      array[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[length++] = (byte) rest;
    return this;
  }

  /** Without their length. */
  public ByteWriter raw(byte[] bytes) {
    room(bytes.length);
    System.arraycopy(bytes, 0, array, length, bytes.length);
    length += bytes.length;
    return this;
  }

  public ByteWriter bytes(byte[] bytes) {
    return number(bytes.length).raw(bytes);
  }

  public ByteWriter text(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  public ByteWriter texts(Collection<String> texts) {
    number(texts.size());
    texts.forEach(this::text);
    return this;
  }

  public ByteWriter texts(Map<String, String> texts) {
    number(texts.size());
    texts.forEach((name, value) -> text(name).text(value));
    return this;
  }

  public byte[] toArray() {
    return Arrays.copyOf(array, length);
  }

  public Bytes toBytes() {
    return Bytes.wrap(toArray());
  }

  private void room(int more) {
    if (array.length - length < more) {
      array = Arrays.copyOf(array, Math.max(array.length * 2, length + more));
    }
  }
}
