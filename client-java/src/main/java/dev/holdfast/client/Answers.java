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
    if (frame instanceof ServerFrame.EntriesWritten written) {
      return written.request();
    } else if (frame instanceof ServerFrame.EntryValue value) {
      return value.request();
    } else if (frame instanceof ServerFrame.EntryPage page) {
      return page.request();
    } else if (frame instanceof ServerFrame.EntryCounts counts) {
      return counts.request();
    } else if (frame instanceof ServerFrame.EntriesWatched watched) {
      return watched.request();
    } else if (frame instanceof ServerFrame.CounterValue value) {
      return value.request();
    } else if (frame instanceof ServerFrame.LatchCount count) {
      return count.request();
    } else if (frame instanceof ServerFrame.BarrierState state) {
      return state.request();
    }
    return 0;
  }

  /** The newest revision that a frame tells of; 0 when it tells none. */
  static long revisionOf(ServerFrame frame) {
    if (frame instanceof ServerFrame.EntriesWritten told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.EntryValue told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.Granted told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.Released told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.Queued told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.Cancelled told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.Lost told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.KeptAlive told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.SessionOpened told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.SessionResumed told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.SessionEnded told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.SessionClosed told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.EntryPage told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.EntriesWatched told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.EntriesResync told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.CounterValue told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.LatchCount told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.BarrierState told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.Leader told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.Observed told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.Proclaimed told) {
      return told.revision();
    } else if (frame instanceof ServerFrame.EntriesChanged told) {
      long newest = 0;
      for (EntryChange change : told.changes()) {
        newest = Math.max(newest, change.version());
      }
      return newest;
    }
    return 0;
  }

  /** Waits for an answer; an interrupt gives the wait up. */
  static ServerFrame await(CompletableFuture<ServerFrame> sent, boolean write) {
    try {
      return sent.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CallInterruptedException("interrupted while waiting for the answer", write, e);
    } catch (ExecutionException e) {
      throw LockClient.rethrown(e.getCause());
    }
  }
}
