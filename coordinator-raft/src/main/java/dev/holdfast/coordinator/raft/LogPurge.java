// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/** After a checkpoint the log before it, less a tail for slow followers, is not needed any more. */
final class LogPurge implements Runnable {
  private volatile @Nullable RaftLink link;
  private volatile @Nullable Checkpoint checkpoint;

  void connect(RaftLink connectedLink, Checkpoint source) {
    checkpoint = source;
    link = connectedLink;
  }

  @Override
  public void run() {
    RaftLink connected = link;
    TermIndex durable = checkpoint == null ? null : checkpoint.durable();
    if (connected != null && durable != null) {
      RaftServer.Division division = connected.division();
      try {
        purge(division, durable.getIndex());
      } catch (IllegalStateException e) {
        // A server that the others left out has closed its log, and opens it anew in a moment.
        if (division.getInfo().isAlive()) {
          throw e;
        }
      }
    }
  }

  private static void purge(RaftServer.Division division, long index) {
    var purged = division.getRaftLog().purge(index);
    if (purged.isCompletedExceptionally()) {
      throw new IllegalStateException("The log was not purged", purged.exceptionNow());
    }
  }
}
