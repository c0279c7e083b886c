// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/**
 * A part of an object.
 *
 * @param from first byte, from 0
 * @param to last byte, inclusive; {@link Long#MAX_VALUE} for the rest
 */
public record ByteRange(long from, long to) {
  public ByteRange {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException("not a range: " + from + " to " + to);
    }
  }

  public static ByteRange from(long from) {
    return new ByteRange(from, Long.MAX_VALUE);
  }

  String header() {
    return "bytes=" + from + "-" + (to == Long.MAX_VALUE ? "" : Long.toString(to));
  }
}
