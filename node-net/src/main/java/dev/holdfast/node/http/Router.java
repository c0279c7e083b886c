// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

/** Maps operations to handlers. Filled before the server starts, read-only afterwards. */
@FunctionalInterface
public interface Router {
  /**
   * @param operation whose path is matched against the raw path of a request, segment by segment,
   *     percent-decoded; a last segment {@code {key...}} matches the rest, one or more segments,
   *     decoded as a whole: {@code /v1/objects/{key...}}. A GET answers HEAD too, when nothing else
   *     does
   */
  void add(Operation operation, RouteHandler handler);
}
