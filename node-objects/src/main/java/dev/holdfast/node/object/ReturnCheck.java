// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.VersionRecord;
import dev.holdfast.node.store.NodeStore;
import dev.holdfast.spi.coordinator.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks, when this node comes back to the majority, whether deletions were forgotten that it may
 * have missed. If so, each version that only this node has is set aside: it may be what was
 * deleted. Thread-safe; blocking.
 *
 * <p>Decided by two revisions and no clock: up to where this store was in touch ({@code
 * Starts.touchedRevision}), and up to which deletions may be forgotten ({@link ReapingHorizon}). A
 * store that was in touch later than that knows of each of them. See ADR 0014.
 */
final class ReturnCheck {
  private static final Logger log = LoggerFactory.getLogger(ReturnCheck.class);

  private final String self;
  private final Agreement agreement;
  private final Reach reach;
  private final Replicas replicas;
  private final NodeStore records;
  private final InTouch inTouch;
  private final TombstoneReaper reaper;
  private final ReentrantLock checking = new ReentrantLock();

  ReturnCheck(
      String self,
      Agreement agreement,
      Reach reach,
      Replicas replicas,
      NodeStore records,
      InTouch inTouch,
      TombstoneReaper reaper) {
    this.self = self;
    this.agreement = agreement;
    this.reach = reach;
    this.replicas = replicas;
    this.records = records;
    this.inTouch = inTouch;
    this.reaper = reaper;
  }

  /** This node is cut off: the next one who needs to know asks again. */
  void isCutOff() {
    inTouch.ended();
  }

  /**
   * Before anything of this node may become a head. Returns at once while it is in touch.
   *
   * @throws ObjectException.Unavailable when no majority answers
   */
  void ensureDone() {
    if (inTouch.is()) {
      return;
    }
    checking.lock();
    try {
      if (!inTouch.is()) {
        long lease = inTouch.current();
        ReapingHorizon horizon = ReapingHorizon.of(agreement.horizon());
        if (records.starts().touchedRevision() < horizon.tombstoneRevision()) {
          setUnknownAside(horizon.tombstoneRevision());
        }
        forgetMissed(horizon);
        inTouch.asked(lease);
      }
    } finally {
      checking.unlock();
    }
  }

  private void setUnknownAside(long forgotten) {
    List<String> others = new ArrayList<>(reach.nodes());
    others.remove(self);
    List<VersionRecord> unknown =
        records.provisional().stream()
            .filter(version -> !replicas.isVouchedFor(version.key(), version.id(), others))
            .toList();
    if (!unknown.isEmpty()) {
      log.warn(
          "{} was last in touch at revision {}, and deletions are forgotten up to {}: {} versions"
              + " that only it has are set aside, see 'holdfast quarantine'",
          self,
          records.starts().touchedRevision(),
          forgotten,
          unknown.size());
      records.reaped().setAside(unknown);
    }
  }

  /** What was reaped since this node was last in touch may still be listed here. */
  private void forgetMissed(ReapingHorizon horizon) {
    if (horizon.reapedRevision() > records.starts().touchedRevision()) {
      reaper.forgetMissed();
    }
  }

  /**
   * Before a look at all branches; returns the revision for {@link #touched}.
   *
   * @throws ObjectException.Unavailable when no majority answers
   */
  long begin() {
    ensureDone();
    Observation observed = agreement.horizon();
    forgetMissed(ReapingHorizon.of(observed));
    return observed.revision();
  }

  /** All that this node had at that revision was offered to the cluster. */
  void touched(long revision) {
    if (inTouch.is()) {
      records.starts().touched(revision);
    }
  }
}
