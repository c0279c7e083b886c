// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import dev.holdfast.node.principal.Principal;

/** Answers one kind of request, in blocking code on a virtual thread of its own. */
@FunctionalInterface
public interface PeerHandler<Q extends PeerRequest<R>, R> {
  /**
   * An exception is told to the caller as {@link PeerException} with its message.
   *
   * @param from who asks, and how it proved that
   */
  R handle(Principal.Node from, Q request) throws Exception;
}
