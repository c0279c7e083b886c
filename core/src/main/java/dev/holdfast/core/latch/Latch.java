// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.latch;

/**
 * @param round rises each time that a count is set; 0 before the first
 * @param left to count; 0 for an open latch
 */
public record Latch(long round, long left) {
  static final Latch NEW = new Latch(0, 0);

  public Latch {
    if (round < 0 || left < 0) {
      throw new IllegalArgumentException("A latch counts from 0: " + round + ", " + left);
    }
  }
}
