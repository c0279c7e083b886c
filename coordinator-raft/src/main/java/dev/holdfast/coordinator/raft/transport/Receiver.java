package dev.holdfast.coordinator.raft.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * What this node does with what the others send it outside of Raft. Called by threads that read
 * connections, so neither method may block; a failure becomes a refusal with its message.
 */
public interface Receiver {
  /** An entry for the log, when this node leads; completes with the answer of its application. */
  CompletableFuture<ByteBuffer> propose(byte[] entry);

  CompletableFuture<byte[]> ask(ByteBuffer question);
}
