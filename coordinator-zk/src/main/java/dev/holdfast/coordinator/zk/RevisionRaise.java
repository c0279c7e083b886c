// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.LimitExceededException;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.system.Deadline;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;

/**
 * Lifts all later revisions above those of another cluster (R9): adds a step to the znode of {@link
 * Revisions}, if that is as known. An unanswered attempt needs no settling: the next one sees
 * whether the revision is high enough, and one that is late fails at the version of the znode.
 */
final class RevisionRaise {
  private final ZkPaths paths;
  private final ZkLink link;
  private final Mirror mirror;
  private final ReadBarrier barrier;
  private final Root root;

  RevisionRaise(ZkPaths paths, ZkLink link, Mirror mirror, ReadBarrier barrier, Root root) {
    this.paths = paths;
    this.link = link;
    this.mirror = mirror;
    this.barrier = barrier;
    this.root = root;
  }

  /**
   * @return the revision afterwards
   * @throws UnavailableException nothing was sent
   * @throws OutcomeUnknownException not known to be done until the deadline
   * @throws LimitExceededException raised too often
   */
  long to(long base, Deadline deadline) throws InterruptedException {
    boolean sent = false;
    while (true) {
      try {
        barrier.pass(deadline);
        Requests requests = link.usable(deadline).requests();
        long newest = mirror.seen();
        Revisions known = mirror.revisions();
        if (known.revision(newest) >= base) {
          return known.revision(newest);
        }
        List<Op> operations =
            List.of(
                Op.setData(paths.root(), root.raised(), -1),
                Op.setData(paths.base(), known.encodeRaised(base, newest), known.dataVersion()));
        sent = true;
        CompletableFuture<Code> answer = new CompletableFuture<>();
        requests.multi(operations, (code, _) -> answer.complete(code));
        Requests.requireAllowed(Waiting.forAnswer(answer, deadline));
      } catch (UnavailableException e) {
        if (!sent) {
          throw e;
        }
        throw new OutcomeUnknownException("The revision may have been raised", e);
      }
    }
  }
}
