// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import java.util.List;

/** Between the watches, which know zxids, and who is told revisions. */
record RevisionListener(Mirror mirror, WatchListener outside) implements WatchListener {
  @Override
  public void started(long zxid) {
    outside.started(mirror.revisions().revision(zxid));
  }

  @Override
  public void changed(List<Observation> inside) {
    outside.changed(mirror.revisions().told(inside));
  }

  @Override
  public void resync(long zxid) {
    outside.resync(mirror.revisions().revision(zxid));
  }
}
