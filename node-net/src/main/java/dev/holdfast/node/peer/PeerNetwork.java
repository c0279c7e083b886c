// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Calls to other nodes. Thread-safe; calls block, and hold no monitor while they do. */
public interface PeerNetwork {
  /**
   * Registers the only handler of a kind of request; until then it is refused.
   *
   * @param kind a record class that the codec knows
   */
  <Q extends PeerRequest<R>, R> void serve(Class<Q> kind, PeerHandler<Q, R> handler);

  /**
   * Where a node listens, {@code host:port}; a change closes the connection to the old place. The
   * same place again says that the node is there: a call tries at once, however often it was in
   * vain.
   */
  void locate(String nodeId, String peerAddress);

  /** No more calls to this node. */
  void forget(String nodeId);

  /**
   * Sends a request and waits for its reply. Connects when needed.
   *
   * @throws PeerUnreachableException certainly not delivered: no connection
   * @throws PeerTimeoutException handed over, no reply in time or the connection broke: unknown
   * @throws PeerException the handler failed there
   */
  <R> R call(String nodeId, PeerRequest<R> request, Duration timeout);

  /**
   * {@link #call} without a thread that waits: never blocks, and the future fails with what {@code
   * call} would throw. It completes on an I/O thread, so what hangs on it must not block.
   */
  default <R> CompletableFuture<R> callLater(
      String nodeId, PeerRequest<R> request, Duration timeout) {
    CompletableFuture<R> reply = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("call-" + nodeId)
        .start(() -> {
          try {
            reply.complete(call(nodeId, request, timeout));
          } catch (RuntimeException | Error e) {
            reply.completeExceptionally(e);
          }
        });
    return reply;
  }

  /** {@link #call} to an address instead of a known node: for founding and joining. */
  <R> R callAddress(String peerAddress, PeerRequest<R> request, Duration timeout);

  /** True while a connection to this node is open. */
  boolean isConnected(String nodeId);
}
