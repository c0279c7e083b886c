// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** An immutable string of bytes. Ordered as unsigned bytes. Thread-safe. */
public final class Bytes implements Comparable<Bytes> {
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] array;

  private Bytes(byte[] array) {
    this.array = array;
  }

  /** Copies the array. */
  public static Bytes copyOf(byte[] array) {
    return array.length == 0 ? EMPTY : new Bytes(array.clone());
  }

  /** Takes the array without a copy: the caller must never write to it again. */
  public static Bytes wrap(byte[] array) {
    return array.length == 0 ? EMPTY : new Bytes(array);
  }

  /** Copies what remains in the buffer, and moves its position to its limit. */
  public static Bytes copyOf(ByteBuffer buffer) {
    byte[] copy = new byte[buffer.remaining()];
    buffer.get(copy);
    return wrap(copy);
  }

  public static Bytes utf8(String text) {
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  public int length() {
    return array.length;
  }

  public boolean isEmpty() {
    return array.length == 0;
  }

  public byte[] toArray() {
    return array.clone();
  }

  /** The bytes as a read-only view, without a copy. */
  public ByteBuffer asBuffer() {
    return ByteBuffer.wrap(array).asReadOnlyBuffer();
  }

  public String toUtf8() {
    return new String(array, StandardCharsets.UTF_8);
  }

  public String toHex() {
    return HexFormat.of().formatHex(array);
  }

  public boolean startsWith(Bytes prefix) {
    int length = prefix.array.length;
    return array.length >= length && Arrays.equals(array, 0, length, prefix.array, 0, length);
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(array, other.array);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(array, bytes.array);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(array);
  }

  /** The length and at most the first 16 bytes, in hex: values may be large. */
  @Override
  public String toString() {
    int shown = Math.min(array.length, 16);
    String hex = HexFormat.of().formatHex(array, 0, shown);
    return array.length + " bytes [" + hex + (shown < array.length ? "…]" : "]");
  }
}
