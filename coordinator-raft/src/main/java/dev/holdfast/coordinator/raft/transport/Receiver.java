// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * What this node does with what the others send it outside of Raft. Called by threads that read
 * connections, so neither method may block; a failure becomes a refusal with its message.
 */
public interface Receiver {
  /**
   * A batch for the log, when this node leads; completes with the answer of its application.
   *
   * @param from the peer that sent it
   * @throws IllegalArgumentException it is no batch of that peer; nothing was appended
   */
  CompletableFuture<ByteBuffer> propose(String from, byte[] batch);

  CompletableFuture<byte[]> ask(ByteBuffer question);
}
