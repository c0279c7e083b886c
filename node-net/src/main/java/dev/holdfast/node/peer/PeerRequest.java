// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

/**
 * A message to another node, a record of the registered kinds.
 *
 * @param <R> its reply, a record of the registered kinds
 */
public interface PeerRequest<R> {}
