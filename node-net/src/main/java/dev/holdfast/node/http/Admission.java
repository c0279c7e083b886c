// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

/** Decides who may open a WebSocket. */
@FunctionalInterface
public interface Admission {
  Admission ALL = request -> {};

  /**
   * @param request to open it, with its principal; it is not answered here
   * @throws ProblemException why this client may not connect now
   */
  void admit(Exchange request);
}
