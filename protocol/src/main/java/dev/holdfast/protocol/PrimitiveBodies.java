// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

/** Bodies of {@code /v1/counters} and {@code /v1/latches}. */
public final class PrimitiveBodies {
  private PrimitiveBodies() {}

  /** {@code GET /v1/counters/{name}}. */
  public record Counter(String counter, long value, long revision) {}

  /**
   * {@code GET /v1/latches/{name}}.
   *
   * @param count that is left
   * @param round how often the latch was set
   */
  public record Latch(String latch, long count, long round, long revision) {}
}
