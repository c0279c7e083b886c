// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.EntryChange;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** What the answers of nodes have in common. */
final class Answers {
  private Answers() {}

  /** The number of the {@link DataCall} that a frame answers; 0 for any other frame. */
  static long requestOf(ServerFrame frame) {
    return frame instanceof ServerFrame.DataAnswer answer ? answer.request() : 0;
  }

  /** The newest revision that a frame tells of; 0 when it tells none. */
  static long revisionOf(ServerFrame frame) {
    if (frame instanceof ServerFrame.EntriesChanged told) {
      return told.changes().stream().mapToLong(EntryChange::version).max().orElse(0);
    }
    return frame instanceof ServerFrame.Revisioned told ? told.revision() : 0;
  }

  /** Waits for an answer; an interrupt gives the wait up. */
  static ServerFrame await(CompletableFuture<ServerFrame> sent, boolean write) {
    try {
      return sent.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CallInterruptedException("interrupted while waiting for the answer", write, e);
    } catch (ExecutionException e) {
      throw Failures.rethrown(e.getCause());
    }
  }
}
