// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import dev.holdfast.node.principal.Principal;

/**
 * Finds out who sends a request, before any route or WebSocket sees it. Runs on the virtual thread
 * of the request.
 */
@FunctionalInterface
public interface Authentication {
  /** Everybody may ask, and nobody says who it is. */
  Authentication NONE = request -> Principal.ANONYMOUS;

  /**
   * @param request whose headers may be read; it is not answered here
   * @throws ProblemException 401 for a proof that does not hold
   */
  Principal identify(Exchange request);
}
