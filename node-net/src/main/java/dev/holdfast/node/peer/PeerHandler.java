// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

/** Answers one kind of request, in blocking code on a virtual thread of its own. */
@FunctionalInterface
public interface PeerHandler<Q extends PeerRequest<R>, R> {
  /**
   * An exception is told to the caller as {@link PeerException} with its message.
   *
   * @param from the node id that the caller proved to be (by the cluster secret)
   */
  R handle(String from, Q request) throws Exception;
}
