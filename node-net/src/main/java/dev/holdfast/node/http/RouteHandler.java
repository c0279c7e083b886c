// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

/** Answers one request, in blocking code on a virtual thread of its own. */
@FunctionalInterface
public interface RouteHandler {
  /**
   * @throws ProblemException for an expected error; it becomes its problem+json
   * @throws Exception anything else becomes 500 {@code INTERNAL} with an id that stands in the log
   */
  void handle(Exchange exchange) throws Exception;
}
