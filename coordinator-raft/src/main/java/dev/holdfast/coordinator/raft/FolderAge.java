// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.system.Deadline;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.ratis.protocol.RaftPeer;

/**
 * Asks the other voters, before this server votes or takes entries, whether they know batches of
 * this node from a later start than this one: then the folder is an older copy, which lacks what
 * this voter has acknowledged since, and would help to elect a leader that lacks it too (R2, R9).
 *
 * <p>Voters that do not answer say nothing, else a cluster that was switched off could not start. A
 * copy that was made during the last start of its original cannot be told from it.
 */
final class FolderAge {
  private static final Duration ASK_MAX = Duration.ofSeconds(1);

  private FolderAge() {}

  /**
   * @param firstSequence of this start
   * @throws CoordinatorFailedException the folder is older; it is refused from now on
   */
  static void check(
      RaftLink link, DataFolder folder, String origin, long firstSequence, LongSupplier nanos) {
    byte[] question = new Question.Seen(origin).encode();
    List<CompletableFuture<ByteBuffer>> replies =
        link.voters().stream()
            .map(RaftPeer::getId)
            .filter(id -> !id.equals(link.self()))
            .map(id -> link.ask(id, question))
            .toList();
    Deadline deadline = Deadline.after(ASK_MAX, nanos);
    for (CompletableFuture<ByteBuffer> reply : replies) {
      if (sequence(reply, deadline) >= firstSequence) {
        throw folder.older();
      }
    }
  }

  /** 0 when there is no answer in time. */
  private static long sequence(CompletableFuture<ByteBuffer> reply, Deadline deadline) {
    try {
      return new Wire.Reader(reply.get(deadline.leftNanos(), TimeUnit.NANOSECONDS)).number();
    } catch (ExecutionException | TimeoutException _) {
      return 0; // It is down, or starts as well.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CoordinatorFailedException("The start was interrupted", e);
    }
  }
}
