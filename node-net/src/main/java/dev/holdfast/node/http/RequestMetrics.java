// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

/** Told about every request. Thread-safe, cheap, never throws. */
public interface RequestMetrics {
  RequestMetrics NONE = (_, _, _, _) -> {};

  /**
   * @param template of the route, e.g. {@code /v1/locks/{name}}, or {@code none}
   */
  void answered(String method, String template, int status, long nanos);
}
