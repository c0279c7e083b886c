// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import java.util.Arrays;

/** Bytes in a frame. Compares by content; nobody writes to the array. */
public final class Blob {
  public static final Blob EMPTY = new Blob(new byte[0]);

  private final byte[] array;

  private Blob(byte[] array) {
    this.array = array;
  }

  /** Takes the array without a copy: the caller must never write to it again. */
  public static Blob wrap(byte[] array) {
    return array.length == 0 ? EMPTY : new Blob(array);
  }

  /** Without a copy: the caller must not write to it. */
  public byte[] array() {
    return array;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Blob blob && Arrays.equals(array, blob.array);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(array);
  }

  @Override
  public String toString() {
    return array.length + " bytes";
  }
}
