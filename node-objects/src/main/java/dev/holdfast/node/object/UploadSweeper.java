// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.node.store.UploadRows;
import dev.holdfast.spi.Bytes;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the leases of uploads that are over, and lets go of the chunks that this node keeps for
 * uploads without a lease. While the cluster cannot be asked, all stays. For one thread.
 */
final class UploadSweeper {
  private static final Logger log = LoggerFactory.getLogger(UploadSweeper.class);
  private static final int PAGE = 1_000;

  private final UploadLeases leases;
  private final UploadRows kept;

  UploadSweeper(UploadLeases leases, UploadRows kept) {
    this.leases = leases;
    this.kept = kept;
  }

  /**
   * @return of how many uploads this node let go
   * @throws ObjectException.Unavailable when no majority answers: nothing more was let go of
   */
  int runOnce() {
    for (UploadLeases.Seen over : leases.ended()) {
      var _ = leases.end(over.id());
      log.info("The upload {} of {} is over", over.id(), over.lease().key());
    }
    int released = 0;
    Optional<Bytes> after = Optional.empty();
    List<Bytes> page;
    do {
      page = kept.list(after, PAGE);
      for (UploadId gone : leases.gone(page.stream().map(UploadId::new).toList())) {
        kept.release(gone.bytes());
        released++;
      }
      after = page.isEmpty() ? after : Optional.of(page.getLast());
    } while (page.size() == PAGE);
    return released;
  }
}
